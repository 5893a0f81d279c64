#include "providers/databases/sqlite/wal_bounds.hpp"

#include <algorithm>
#include <thread>

#include "engine/base/error.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr int kQuickRounds = 3;                    // After one that had much to copy, while ever fewer frames are left.
constexpr std::uint32_t kBehindMax = 400;          // Frames that are committed and not given, before the hold is moved.
constexpr milliseconds kPressing{150};             // Nothing is made durable meanwhile.
constexpr microseconds kShortSlice{1'000}, kPauseBetweenLooks{300};
constexpr milliseconds kBarrierPatience{5};
constexpr int kTriesInARow = 20;                   // Some microseconds each, between two commits of a writer that never pauses.
constexpr milliseconds kPatienceMost{500};
constexpr std::uint32_t kFewFrames = 100;
// How long a barrier will stand. A writer's sleeps over a lock add up to 18 ms or 33 ms then.
constexpr milliseconds kPortion{12}, kPortionUrgent{20}, kBarrierAtWorst{25};
constexpr milliseconds kBetweenBarriers{12}, kBetweenUrgent{2};
constexpr milliseconds kFirstTry{10};              // Against a reader that does not end; doubles up to
constexpr milliseconds kLastTry{2'000};

}  // namespace

WalBounds::WalBounds(WalHolds& holds, LogFlow& flow, const Clock& clock, const LogCaptureLimits& limits, const CancelToken& cancel)
    : holds_(holds), flow_(flow), clock_(clock), limits_(limits), cancel_(cancel), patience_(kBarrierAtWorst),
      counters_(limits.counters != nullptr ? *limits.counters : own_counters_) {}

WalIndex WalBounds::look_surely() {
    while (true) {
        if (const std::optional<WalIndex> index = holds_.look()) return *index;
        flow_.look_surely();
    }
}

// A read transaction begins at what is committed now, and what it takes to move the hold there is given.
void WalBounds::give_up_to_next() {
    if (holds_.file_was_touched()) throw LogGap{"the database's file was written past SQLite"};
    const Instant before = clock_.now();
    const WalIndexHeader state = holds_.begin_next().header;
    try {
        flow_.give({.header = state, .before = before, .after = clock_.now()});
    } catch (...) {
        holds_.drop_next();   // Whatever it was, two transactions must not stay open.
        throw;
    }
}

// True where the hold stands at a state now that the file has as a whole, so that the next commit may begin the log anew.
bool WalBounds::stand_where_it_begins_anew() {
    if (holds_.whole()) return true;
    const bool settled = holds_.begin_next().header == holds_.held() && holds_.next_is_whole();
    settled ? holds_.keep_next() : holds_.drop_next();
    if (settled) rounds_ = 0;
    return settled;
}

std::uint32_t WalBounds::uncopied_in(const WalIndex& index) { return index.header.last_frame() - std::min(index.backfilled, index.header.last_frame()); }

// What cannot be copied is in the log, and captured all the same.
void WalBounds::note_round() {
    try {
        if (const std::optional<CheckpointResult> result = holds_.checkpointer().take_result()) note(*result);
    } catch (const Error& error) {
        if (!kept_) log_warning("the write-ahead log of {} cannot be copied into the database's file: {}", holds_.path().string(), error.message);
        set_kept(true);
    }
}

void WalBounds::note(const CheckpointResult& result) {
    if (!result.ran) return;
    ++rounds_;
    costs_.add(result.took, copying_);
    // Once may be a writer that has committed and not yet ended its transaction.
    const bool no_further = holds_.held().salts() == salts_ && result.copied == copied_;
    salts_ = holds_.held().salts();
    copied_ = result.copied;
    set_kept(result.copied < std::min(result.frames, holds_.held().last_frame()) && no_further);
}

void WalBounds::set_kept(bool kept) {
    if (kept && Steady::now() >= next_try_) next_try_ = Steady::now() + longer(between_tries_);
    if (!kept && !reset_failed_) between_tries_ = milliseconds(0);
    kept_ = kept;
}

std::chrono::nanoseconds WalBounds::longer(std::chrono::nanoseconds& between) {
    return between = std::clamp<std::chrono::nanoseconds>(2 * between, kFirstTry, kLastTry);
}

// The hold stood where the log could have begun anew, and it went on: somebody reads from it.
void WalBounds::note_generation(const WalIndexHeader& present) {
    const WalIndexHeader& held = holds_.held();
    if (present.salts() != held.salts()) {
        if (holds_.whole()) ++counters_.begun_anew;
        if (std::exchange(reset_failed_, false) && !kept_) between_tries_ = milliseconds(0);
    } else if (holds_.whole() && held.last_frame() > 0 && present.last_frame() > held.last_frame()) {
        reset_failed_ = true;
        next_try_ = Steady::now() + longer(between_tries_);
    }
}

// A small one tells what the syncs take, a large one what a frame takes; what is more than was thought is believed at once.
void WalBounds::Costs::add(std::chrono::nanoseconds took, std::uint32_t frames) {
    if (frames < kFewFrames || took < syncs) {
        syncs = (syncs + took) / 2;
    } else {
        const auto each = (took - syncs) / frames;
        per_frame = each > per_frame ? each : (3 * per_frame + each) / 4;
    }
}

bool WalBounds::wants_round(std::uint32_t uncopied) {
    if (kept_) return Steady::now() >= next_try_;
    const std::uint32_t before = std::exchange(left_, uncopied);
    // At a state that the file has as a whole the hold keeps others from copying, and they try in vain with each commit.
    if (holds_.whole() || uncopied >= frames_of(limits_.settle_bytes)) {
        rounds_ = 0;
        return true;
    }
    return rounds_ > 0 && rounds_ <= kQuickRounds && uncopied < before;
}

// The hold moves on and what it kept back is copied beside everything else. Where another program's checkpoint is at work, neither.
void WalBounds::begin_round() {
    give_up_to_next();
    copying_ = holds_.next().last_frame() - std::min(look_surely().backfilled, holds_.next().last_frame());
    if (holds_.checkpointer().begin([this] { holds_.keep_next(); })) {
        ++counters_.rounds;
        return;
    }
    holds_.drop_next();
}

void WalBounds::keep() {
    const WalIndex index = look_surely();
    const std::uint64_t bytes = log_bytes(index.header);
    if (bytes <= limits_.settle_bytes / 2 || is_settled(index.header)) return;
    note_generation(index.header);
    const bool may_settle = !reset_failed_ || Steady::now() >= next_try_;
    if (!holds_.checkpointer().is_at_work()) {
        note_round();
        const std::uint32_t uncopied = uncopied_in(index);
        if (may_settle && uncopied == 0 && holds_.held() == index.header && stand_where_it_begins_anew()) return;
        if (flow_.frames_behind(index.header) <= kBehindMax && wants_round(uncopied)) begin_round();
    }
    if (may_settle && bytes > limits_.barrier_bytes && !kept_ && Steady::now() >= next_barrier_) press();
    tell_of_growth(log_bytes(look_surely().header));
}

// Round after round, each with less to copy as it takes less time, and what is committed meanwhile is given as it comes; then the
// rest behind a barrier. Where this does not come to an end, writers are held back for a part of it.
void WalBounds::press() {
    std::uint32_t before = ~std::uint32_t{0};
    for (const Ticks give_up = Steady::now() + kPressing; Steady::now() < give_up && !cancel_.stop_requested();) {
        const bool all = flow_.give(flow_.look_surely(), Steady::now() + kShortSlice);
        const WalIndexHeader present = look_surely().header;
        if (holds_.checkpointer().is_at_work()) {
            if (is_urgent(present) || flow_.frames_behind(present) > kBehindMax) hold_back();
            if (all) holds_.checkpointer().wait_for(kShortSlice);
            continue;
        }
        note_round();
        if (kept_) return;
        const std::uint32_t uncopied = uncopied_in(look_surely());
        if (all && uncopied + uncopied / 8 < before && costs_.of(uncopied) > kPortion) {
            before = uncopied;
            begin_round();
        } else if (hold_back()) {
            return;
        } else if (all) {
            std::this_thread::sleep_for(kPauseBetweenLooks);
        }
    }
}

void WalBounds::settle_idle() {
    if (is_settled(look_surely().header)) {
        // A reader that did not end may have let it grow.
        std::error_code ignored;
        if (fs::file_size(holds_.wal(), ignored) > 2 * limits_.urgent_bytes) holds_.checkpointer().truncate();
        return;
    }
    holds_.checkpointer().wait();
    note_round();
    give_up_to_next();
    if (checkpoint_and_keep_next().ran) stand_where_it_begins_anew();
}

// Gives what is committed meanwhile, so that hardly anything is left to do behind it.
std::unique_ptr<Transaction> WalBounds::raise_barrier() {
    for (const Ticks give_up = Steady::now() + kBarrierPatience; Steady::now() < give_up && !cancel_.stop_requested();) {
        for (int i = 0; i < kTriesInARow; ++i) {
            if (auto barrier = holds_.try_barrier()) return barrier;
        }
        flow_.give(flow_.look_surely(), Steady::now() + kShortSlice);
    }
    return nullptr;
}

void WalBounds::lift(std::unique_ptr<Transaction>& barrier, Ticks since) {
    lifted_at_ = look_surely().header;
    barrier.reset();
    const auto stood = Steady::now() - since;
    counters_.barred_ns += stood.count();
    counters_.barred_longest_ns = std::max(counters_.barred_longest_ns.load(), std::int64_t{stood.count()});
    next_barrier_ = Steady::now() + (is_urgent(lifted_at_) ? kBetweenUrgent : kBetweenBarriers);
}

// Keeps writers from committing for some milliseconds: less than they would wait for checkpoints of their own. Between two times
// somebody has committed, so that nobody waits for both. Returns whether the log may begin anew.
bool WalBounds::hold_back() {
    const WalIndexHeader present = look_surely().header;
    if (Steady::now() < next_barrier_ || present == lifted_at_) return false;
    std::unique_ptr<Transaction> barrier = raise_barrier();
    if (!barrier) return false;
    const Ticks begun = Steady::now();
    const Ticks end = begun + (is_urgent(present) ? kPortionUrgent : kPortion);
    ++counters_.barriers;
    bool settled = false;
    while (Steady::now() < end && flow_.give(flow_.look_surely(), end)) {
        if (holds_.checkpointer().is_at_work()) {
            holds_.checkpointer().wait_for(kShortSlice);
            continue;
        }
        note_round();
        if (!kept_) settled = finish(begun);
        break;
    }
    lift(barrier, begun);
    return settled;
}

CheckpointResult WalBounds::checkpoint_and_keep_next() {
    copying_ = holds_.next().last_frame() - std::min(look_surely().backfilled, holds_.next().last_frame());
    bool kept = false;
    const CheckpointResult result = holds_.checkpointer().run([&] {
        holds_.keep_next();
        kept = true;
    });
    kept ? note(result) : holds_.drop_next();
    return result;
}

// Everything is given and nobody commits: copies the rest, where that is quick, or begins to.
bool WalBounds::finish(Ticks begun) {
    const WalIndex index = look_surely();
    begin_round();
    if (Steady::now() - begun + costs_.of(uncopied_in(index)) > patience_) return false;
    while (Steady::now() < begun + patience_) {
        if (holds_.checkpointer().is_at_work()) {
            holds_.checkpointer().wait_for(std::chrono::duration_cast<microseconds>(begun + patience_ - Steady::now()));
        } else if (note_round(); stand_where_it_begins_anew()) {
            patience_ = kBarrierAtWorst;
            return true;
        } else {
            std::this_thread::sleep_for(kPauseBetweenLooks);   // Another program's checkpoint, or a writer that was about to begin.
            begin_round();
        }
    }
    ++counters_.in_vain;
    // A disk that is as slow as that lets nobody keep the log small at less cost.
    if (is_urgent(index.header)) patience_ = std::min<std::chrono::nanoseconds>(patience_ + patience_ / 8, kPatienceMost);
    return false;
}

// Said once for each time that it happens.
void WalBounds::tell_of_growth(std::uint64_t bytes) {
    const std::uint64_t much = 2 * limits_.urgent_bytes;
    if (bytes < much) {
        told_ = told_ && bytes > limits_.barrier_bytes;
    } else if (!std::exchange(told_, true)) {
        log_warning("the write-ahead log of {} has grown to {}: {}", holds_.path().string(), format_bytes(bytes),
                    kept_ || reset_failed_ ? "another program reads from it and does not end" : "more is written than can be captured at that pace, and writers are slowed down");
    }
}

}  // namespace holdfast
