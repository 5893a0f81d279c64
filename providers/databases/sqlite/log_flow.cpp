#include "providers/databases/sqlite/log_flow.hpp"

#include <algorithm>
#include <thread>

#include "engine/base/error.hpp"
#include "providers/databases/sqlite/log_resume.hpp"

namespace holdfast {
namespace {

// So much is given before it is made durable at the latest, at the end of a transaction.
constexpr std::uint64_t kWaitingBytesMax = 32U << 20;

constexpr int kQuickLooks = 50;
constexpr const char* kResetUnderUs = "the log was reset while it was being read";

}  // namespace

LogFlow::LogFlow(WalHolds& holds, LogSink& sink, const Clock& clock, std::function<void()> put)
    : holds_(holds), sink_(sink), clock_(clock), put_(std::move(put)), tail_(holds.wal(), holds.page_bytes()), before_(holds, tail_, state_) {}

void LogFlow::resume(const std::string& text, Instant held_since) {
    const std::optional<LogMark> mark = parse_log_mark(text);
    if (!mark) throw LogGap{"the point was taken outside of WAL mode"};
    const LogLook now = look_surely();
    const LogResume resumed = resume_log(*mark, now.header, held_since, holds_, tail_);
    if (!resumed.why_not.empty()) throw LogGap{resumed.why_not};
    old_end_ = resumed.old_end;
    pages_ = state_.pages_durable = state_.pages_least = mark->pages;
    changes_ = mark->changes;
    looked_ = mark->seen;
    newest_ = std::max(mark->at, mark->seen);
    note_position();
    const WalPlace place = tail_.place();
    const bool all_in_file = holds_.whole() && place.salts == holds_.held().salts() && place.frame <= holds_.held().last_frame();
    if (old_end_ || all_in_file) return;
    std::optional<NewestFrames> frames = frames_until(place, tail_);
    if (!frames) throw LogGap{"the log is damaged before frame " + std::to_string(place.frame)};
    state_.durable = std::move(*frames);
}

std::optional<LogLook> LogFlow::look() {
    const Instant before = clock_.now();
    const std::optional<WalIndex> index = holds_.look();
    if (!index) return std::nullopt;
    return LogLook{.header = index->header, .before = before, .after = clock_.now()};
}

LogLook LogFlow::look_surely() {
    while (true) {
        for (int i = 0; i < kQuickLooks; ++i) {
            if (const std::optional<LogLook> seen = look()) return *seen;
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        // Somebody died while writing it. A reader that begins puts it in order.
        holds_.begin_next();
        holds_.drop_next();
    }
}

bool LogFlow::is_at(const WalIndexHeader& header) const {
    const WalPlace& place = tail_.place();
    if (old_end_) return place.frame == *old_end_ && header.last_frame() == 0;
    return place.salts == header.salts() && place.frame == header.last_frame();
}

std::uint32_t LogFlow::frames_behind(const WalIndexHeader& header) const {
    const WalPlace& place = tail_.place();
    return place.salts == header.salts() ? header.last_frame() - std::min(place.frame, header.last_frame()) : header.last_frame();
}

// What comes next was committed after this look.
void LogFlow::saw_nothing_new(const LogLook& look) { looked_ = std::max(looked_, look.before); }

// Once the file holds nothing later than what was given it stays so: a later read transaction is kept only at a state that was given.
void LogFlow::note_position() {
    const WalIndexHeader& held = holds_.held();
    const WalPlace& place = tail_.place();
    if (place.salts == held.salts() && place.frame >= held.last_frame()) state_.file_is_ours = true;
    if (old_end_ && place.frame == *old_end_ && held.last_frame() == 0) state_.file_is_ours = true;
}

// About the frames behind the place where we stand.
bool LogFlow::may_be_reset(const LogLook& look) const {
    const WalPlace& place = tail_.place();
    if (place.salts != look.header.salts()) return true;
    return holds_.whole() && place.salts == holds_.held().salts() && place.frame < holds_.held().last_frame();
}

std::uint32_t LogFlow::end_of_this_generation(const LogLook& look) const {
    if (old_end_) return *old_end_;
    if (tail_.place().salts == look.header.salts()) return look.header.last_frame();
    if (holds_.whole() && tail_.place().salts == holds_.held().salts()) return holds_.held().last_frame();
    throw LogGap{holds_.gone().value_or("the log was reset in spite of a reader")};
}

bool LogFlow::give(const LogLook& look, std::chrono::steady_clock::time_point until) {
    while (true) {
        const std::uint32_t end = end_of_this_generation(look);
        while (tail_.place().frame < end) {
            if (std::chrono::steady_clock::now() > until) return false;
            const bool pinned = !may_be_reset(look);
            const std::optional<WalCommit> commit = tail_.next(end, pinned);
            if (!commit) throw LogGap{pinned ? "the log is damaged behind frame " + std::to_string(tail_.place().frame) : kResetUnderUs};
            give_transaction(*commit, look, pinned);
            if (frames_waiting_ * holds_.page_bytes() >= kWaitingBytesMax) put_();
        }
        if (!old_end_ && tail_.place().salts == look.header.salts()) break;
        if (look.header.last_frame() == 0) {
            old_end_ = end;   // The next generation has no frames yet, and may still get other salts.
            note_position();
            break;
        }
        go_to_next_generation(look);
    }
    changes_ = look.header.changes();
    looked_ = look.before;
    return true;
}

void LogFlow::go_to_next_generation(const LogLook& look) {
    if (waiting_) put_();   // Frames of two generations are not kept apart.
    if (!tail_.begin(look.header.salts())) throw LogGap{holds_.gone().value_or("the log does not begin as its index says")};
    const bool held_in_it = holds_.held().salts() == look.header.salts() && holds_.held().last_frame() > 0;
    if (!held_in_it) state_.file_is_ours = true;
    state_.durable.clear();
    old_end_.reset();
}

LogMark LogFlow::mark_here(Instant seen) const {
    const WalPlace& place = tail_.place();
    return {.salts = place.salts,
            .frame = place.frame,
            .checksum = place.checksum,
            .changes = changes_,
            .page_bytes = holds_.page_bytes(),
            .pages = pages_,
            .inode = holds_.inode(),
            .seen = seen,
            .at = newest_};
}

void LogFlow::give_transaction(const WalCommit& commit, const LogLook& look, bool pinned) {
    const auto bytes_of = [&](std::uint32_t frame) {
        try {
            return tail_.page(frame);
        } catch (const Error&) {
            if (!pinned) throw LogGap{kResetUnderUs};   // Cut off meanwhile.
            throw;
        }
    };
    for (const auto& [page, frame] : commit.frames.all()) sink_.add_page(page - 1, bytes_of(frame), before_);
    if (!pinned && !tail_.pages_were_right()) throw LogGap{kResetUnderUs};
    waiting_ = true;
    frames_waiting_ += commit.frames.all().size();
    ++commits_waiting_;
    state_.waiting.merge(commit.frames);
    pages_ = commit.pages_after;
    state_.pages_least = std::min(state_.pages_least, pages_);
    ++changes_;
    newest_ = std::max(newest_, look.after);
    const bool last = tail_.place().salts == look.header.salts() && tail_.place().frame == look.header.last_frame();
    const LogMark mark = mark_here(last ? look.before : looked_);
    sink_.commit({.at = newest_, .not_before = std::min(looked_, newest_), .pages_after = pages_, .mark = to_text(mark)});
    note_position();
}

void LogFlow::is_durable() {
    const WalPlace& place = tail_.place();
    const WalIndexHeader& held = holds_.held();
    // Where the log is or may be reset behind us its frames cannot be relied on. Once the file is ours, it has them all.
    if (old_end_ || (holds_.whole() && place.salts == held.salts() && place.frame <= held.last_frame())) {
        state_.durable.clear();
    } else {
        state_.durable.merge(state_.waiting);
    }
    state_.waiting.clear();
    state_.pages_durable = state_.pages_least = pages_;
    waiting_ = false;
    frames_waiting_ = commits_waiting_ = 0;
}

}  // namespace holdfast
