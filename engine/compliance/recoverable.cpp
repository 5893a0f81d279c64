#include "engine/compliance/recoverable.hpp"

#include <algorithm>

namespace holdfast {
namespace {

// A span of recoverable moments; a state is one of no length.
struct Span {
    Instant from, until;
};

void add_span(std::vector<Span>& spans, Instant from, Instant until, Instant least, Instant most) {
    if (until >= least && from <= most) spans.push_back({from, std::min(until, most)});
}

// Also states that have expired since were there in their time: their runs are on record.
std::vector<Span> spans_of(const DatabaseEvidence& past, Instant from, Instant until) {
    std::vector<Span> spans;
    for (const RecoveryPoint& point : past.points) {
        if (is_state(point.kind) && point.soundness != Soundness::Damaged) add_span(spans, point.instant, point.instant, from, until);
    }
    for (const PastRun& run : past.runs) {
        if (run.state == JobState::Done && run.finished <= until) add_span(spans, run.started, run.started, from, until);
    }
    for (const LogWindow& window : past.windows) add_span(spans, window.from, window.until, from, until);
    std::ranges::sort(spans, {}, &Span::from);
    return spans;
}

}  // namespace

std::optional<Instant> newest_recoverable(const DatabaseEvidence& past, Instant at) {
    std::optional<Instant> newest;
    for (const Span& span : spans_of(past, Instant::min(), at)) newest = std::max(newest.value_or(span.until), span.until);
    return newest;
}

std::optional<LongestGap> longest_gap(const DatabaseEvidence& past, Instant from, Instant until) {
    const std::vector<Span> spans = spans_of(past, from, until);
    if (spans.empty()) return std::nullopt;
    Instant reached = spans.front().until;
    LongestGap longest{reached, reached};
    const auto meet = [&](Instant next) {
        if (next - reached > longest.length()) longest = {reached, next};
    };
    for (const Span& span : spans) {
        meet(span.from);
        reached = std::max(reached, span.until);
    }
    meet(until);
    return longest;
}

}  // namespace holdfast
