#include "providers/databases/sqlite/log_resume.hpp"

// A log goes on behind a mark in these cases, and in no other:
//
//  1. The mark's generation is the present one (64 bits of salt), and the frame has the mark's checksum, which runs over all
//     frames before it. A mark at the beginning of a generation needs the salts alone. Salts of zero name no generation: every
//     wal-index has them that was made while there was no log, whatever came and went before.
//
//  2. The mark is of a state since the first of our read transactions began (its generation and frame say so), and the log was
//     reset since. That happens only behind a state that is in the file as a whole, and nothing was committed in between
//     (wal_holds.cpp). So the mark's generation ended where our read transaction says, and the next one follows. What is missing
//     up to that end is read from what the next generation has not yet overwritten: the checksum proves every frame.
//
//  3. Nobody held the log, and it was reset. It still goes on when three things agree: the salts count the resets (the first
//     one grows by one with each); behind the mark's frame the rest of its generation lies in the file, proven frame by frame; and
//     the wal-index, which counts commits over resets, has counted as many as that rest and the present generation have. If
//     a commit were missing the count would be larger. (The count alone would not do: it begins anew when the wal-index is
//     made anew.)

namespace holdfast {
namespace {

constexpr std::uint32_t kResetsMax = 16;
constexpr WalSalts kNoGeneration{};
constexpr const char* kReset = "the log was reset while nobody watched";

WalPlace place_of(const LogMark& mark) { return {.salts = mark.salts, .frame = mark.frame, .checksum = mark.checksum}; }

// Ends behind the last transaction that is proven.
std::uint32_t count_commits(WalTail& tail, std::uint32_t end) {
    std::uint32_t count = 0;
    while (tail.place().frame < end && tail.next(end, false)) ++count;
    return count;
}

// Case 2. `old_end` is set where it applies.
LogResume resume_from_held(const LogMark& mark, const WalIndexHeader& now, Instant held_since, const WalHolds& holds, WalTail& tail) {
    const WalIndexHeader& held = holds.held();
    const bool was_reset = held.salts() != now.salts() || held.last_frame() == 0;
    if (!holds.whole() || !was_reset) return {.why_not = kReset, .old_end = {}};
    // An empty generation between: nothing was committed since the read transaction began.
    const bool same_state = mark.frame == 0 && mark.changes == held.changes() && mark.seen >= held_since;
    const bool at_end = mark.salts == held.salts() && mark.salts != kNoGeneration && mark.frame == held.last_frame() && (mark.frame == 0 || mark.checksum == held.checksum());
    if (same_state || at_end) {
        tail.stay_behind(place_of(mark));
        return {.why_not = {}, .old_end = mark.frame};
    }
    if (mark.salts == held.salts() && mark.salts != kNoGeneration && mark.frame < held.last_frame() && tail.stand_behind(place_of(mark))) {
        return {.why_not = {}, .old_end = held.last_frame()};
    }
    return {.why_not = kReset, .old_end = {}};
}

// Case 3.
LogResume resume_over_reset(const LogMark& mark, const WalIndexHeader& now, WalTail& tail) {
    const LogResume gap{.why_not = kReset, .old_end = {}};
    const std::uint32_t resets = big_endian(now.salts().data()) - big_endian(mark.salts.data());
    if (resets == 0 || resets > kResetsMax || mark.frame == 0) return gap;
    std::uint32_t in_present = 0;
    if (now.last_frame() > 0) {
        if (!tail.begin(now.salts())) return gap;
        in_present = count_commits(tail, now.last_frame());
        if (tail.place().frame != now.last_frame()) return gap;
    }
    if (!tail.stand_behind(place_of(mark))) return gap;
    const std::uint32_t in_rest = count_commits(tail, tail.frames_in_file());
    const std::uint32_t end = tail.place().frame;
    if (now.changes() - mark.changes != in_present + in_rest || !tail.stand_behind(place_of(mark))) return gap;
    return {.why_not = {}, .old_end = end};
}

}  // namespace

LogResume resume_log(const LogMark& mark, const WalIndexHeader& now, Instant held_since, const WalHolds& holds, WalTail& tail) {
    if (mark.inode != holds.inode()) return {.why_not = "the file was replaced by another", .old_end = {}};
    if (mark.page_bytes != holds.page_bytes()) return {.why_not = "the page size was changed", .old_end = {}};
    if (mark.salts == now.salts() && mark.salts != kNoGeneration) {
        if (mark.frame == 0) {
            tail.stay_behind(place_of(mark));   // The log's own header may not be written yet.
            return {.why_not = {}, .old_end = 0};
        }
        if (mark.frame <= now.last_frame() && tail.stand_behind(place_of(mark))) return {};
        // A crash of the machine takes the end of a log that was not synced (synchronous=NORMAL); what comes then is another history.
        return {.why_not = "the log was cut back by a crash", .old_end = {}};
    }
    LogResume held = resume_from_held(mark, now, held_since, holds, tail);
    if (held.why_not.empty() || holds.held().salts() != now.salts()) return held;
    return resume_over_reset(mark, now, tail);
}

std::optional<NewestFrames> frames_until(const WalPlace& place, WalTail& tail) {
    NewestFrames frames;
    if (!tail.begin(place.salts)) return std::nullopt;
    while (tail.place().frame < place.frame) {
        const std::optional<WalCommit> commit = tail.next(place.frame, true);
        if (!commit) return std::nullopt;
        for (const auto& [page, frame] : commit->frames.all()) frames.add(page, frame);
    }
    frames.settle();
    return tail.place() == place ? std::optional(std::move(frames)) : std::nullopt;
}

}  // namespace holdfast
