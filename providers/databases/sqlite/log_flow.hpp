// Gives a sink what was committed to a followed database: finds the place of a mark, or says why the log does not go on
// there; reads transactions from it on, each page once; and remembers what stands in the store.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/provider/log.hpp"
#include "providers/databases/sqlite/before_pages.hpp"
#include "providers/databases/sqlite/log_mark.hpp"

namespace holdfast {

// The log does not go on; the text is CaptureResult::why.
struct LogGap {
    std::string why;
};

// A look at what is committed.
struct LogLook {
    WalIndexHeader header;
    Instant before, after;       // The clock on both sides of it.
};

class LogFlow {
public:
    // Nothing is given before resume(). `put` makes everything given durable, and may be called by give().
    LogFlow(WalHolds& holds, LogSink& sink, const Clock& clock, std::function<void()> put);

    // Goes behind the mark. `held_since`: when the first read transaction began. Throws LogGap.
    void resume(const std::string& mark, Instant held_since);
    // Nothing while a commit is being written.
    std::optional<LogLook> look();
    // Waits for it; lets SQLite put the index in order where a program died while writing it.
    LogLook look_surely();
    // Gives everything up to what was seen, or, from some transaction on, no more after `until`. Returns true where that was all.
    // Throws LogGap, and what the sink throws.
    bool give(const LogLook& look, std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max());
    // Everything that was given is in the store: called by `put`.
    void is_durable();

    bool waiting() const { return waiting_; }                 // For `put`.
    bool is_at(const WalIndexHeader& header) const;           // Was all up to there given?
    std::uint32_t frames_behind(const WalIndexHeader& header) const;   // At least so many are committed and not given.
    void saw_nothing_new(const LogLook& look);   // Where it is_at().
    std::uint64_t frames_since_durable() const { return frames_waiting_; }
    std::uint64_t commits_since_durable() const { return commits_waiting_; }
    Instant newest_time() const { return newest_; }

private:
    bool may_be_reset(const LogLook& look) const;
    std::uint32_t end_of_this_generation(const LogLook& look) const;
    void go_to_next_generation(const LogLook& look);
    void give_transaction(const WalCommit& commit, const LogLook& look, bool pinned);
    void note_position();
    LogMark mark_here(Instant seen) const;

    WalHolds& holds_;
    LogSink& sink_;
    const Clock& clock_;
    std::function<void()> put_;
    WalTail tail_;
    GivenState state_;
    BeforePages before_;
    std::optional<std::uint32_t> old_end_;    // The generation that we stand in is over, and this was its last committed frame.
    std::uint64_t pages_ = 0;                 // Of the database, behind the last given transaction.
    std::uint32_t changes_ = 0;               // The wal-index's count there.
    Instant newest_, looked_;                 // The time of the last transaction given; of the look before that saw no more.
    bool waiting_ = false;
    std::uint64_t frames_waiting_ = 0, commits_waiting_ = 0;
};

}  // namespace holdfast
