// Keeps the write-ahead log of a followed database small, and its writers at their pace: moves the hold on, copies the log
// into the file beside everything else, and lets it begin anew. README.md, "Bounds", says how and why.
#pragma once

#include "engine/base/cancel.hpp"
#include "providers/databases/sqlite/log_flow.hpp"
#include "providers/databases/sqlite/log_limits.hpp"

namespace holdfast {

class WalBounds {
public:
    WalBounds(WalHolds& holds, LogFlow& flow, const Clock& clock, const LogCaptureLimits& limits, const CancelToken& cancel);

    // Often, while there is something to give. Gives what is committed, in part or all. Throws what LogFlow::give() throws.
    void keep();
    // When nothing was committed for a while: the log is left where the next commit begins it anew.
    void settle_idle();

private:
    using Ticks = std::chrono::steady_clock::time_point;

    std::uint64_t log_bytes(const WalIndexHeader& header) const { return std::uint64_t{header.last_frame()} * holds_.page_bytes(); }
    std::uint32_t frames_of(std::uint64_t bytes) const { return static_cast<std::uint32_t>(bytes / holds_.page_bytes()); }
    // How long a checkpoint takes.
    struct Costs {
        std::chrono::nanoseconds syncs{8'000'000}, per_frame{15'000};   // Of a middling disk, to begin with.
        void add(std::chrono::nanoseconds took, std::uint32_t frames);
        std::chrono::nanoseconds of(std::uint32_t frames) const { return syncs + frames * per_frame; }
    };

    WalIndex look_surely();
    bool is_urgent(const WalIndexHeader& present) const { return log_bytes(present) > limits_.urgent_bytes; }
    bool is_settled(const WalIndexHeader& present) const { return holds_.whole() && holds_.held() == present; }
    void give_up_to_next();
    CheckpointResult checkpoint_and_keep_next();
    bool stand_where_it_begins_anew();
    void note_round();
    void note(const CheckpointResult& result);
    void note_generation(const WalIndexHeader& present);
    void set_kept(bool kept);
    static std::chrono::nanoseconds longer(std::chrono::nanoseconds& between);
    static std::uint32_t uncopied_in(const WalIndex& index);
    bool wants_round(std::uint32_t uncopied);
    void begin_round();
    void press();
    bool hold_back();
    bool finish(Ticks begun);
    std::unique_ptr<Transaction> raise_barrier();
    void lift(std::unique_ptr<Transaction>& barrier, Ticks since);
    void tell_of_growth(std::uint64_t bytes);

    WalHolds& holds_;
    LogFlow& flow_;
    const Clock& clock_;
    const LogCaptureLimits& limits_;
    const CancelToken& cancel_;
    int rounds_ = 0;                     // Of copying, since the last that had much to do.
    std::uint32_t left_ = 0;             // Frames that were not in the file before the last of them.
    WalSalts salts_{};                   // The generation in which the last one copied,
    std::uint32_t copied_ = 0;           // and up to which frame.
    bool kept_ = false;                  // Another program's read transaction, or the disk, keeps frames from being copied.
    bool reset_failed_ = false;          // All was copied and the log did not begin anew.
    Costs costs_;
    std::chrono::nanoseconds patience_;  // How long a barrier may stand.
    std::uint32_t copying_ = 0;          // Frames, in the round that was begun last.
    Ticks next_try_{}, next_barrier_{};
    std::chrono::nanoseconds between_tries_{0};
    WalIndexHeader lifted_at_;           // What was committed when writers were last let in again.
    bool told_ = false;
    LogBoundsCounters own_counters_;
    LogBoundsCounters& counters_;
};

}  // namespace holdfast
