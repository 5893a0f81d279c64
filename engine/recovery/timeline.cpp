#include "engine/recovery/timeline.hpp"

#include <algorithm>

namespace holdfast {
namespace {

constexpr Duration kToTheSecond = std::chrono::seconds(1);
// Between the last sign of life of one stream and the begin of the next; shorter than what anybody can name with --before.
constexpr Duration kSeam = std::chrono::seconds(1);

bool is_state(const RecoveryPoint& point) { return point.kind == BackupKind::Full || point.kind == BackupKind::Incremental; }

TimelineSpan span_of(const LogWindow& window) {
    return {.kind = window.precision <= kToTheSecond ? SpanKind::AnySecond : SpanKind::Steps,
            .from = window.from,
            .until = window.until,
            .precision = window.precision,
            .transactions = window.transactions,
            .cause = {}};
}

// One stream may stand in several stores: what reaches farthest counts.
std::vector<LogWindow> streams_of(std::span<const LogWindow> windows) {
    std::vector<LogWindow> streams;
    for (const LogWindow& window : windows) {
        const auto known = std::ranges::find(streams, window.stream, &LogWindow::stream);
        if (known == streams.end()) streams.push_back(window);
        else if (window.until > known->until) *known = window;
    }
    std::ranges::sort(streams, [](const LogWindow& a, const LogWindow& b) { return std::tie(a.from, a.stream) < std::tie(b.from, b.stream); });
    return streams;
}

std::string cause_of(const LogWindow& ended) { return ended.ended.empty() ? "nobody followed it" : ended.ended; }

void append(std::vector<TimelineSpan>& spans, const LogWindow& before, const LogWindow& window) {
    TimelineSpan next = span_of(window);
    TimelineSpan& last = spans.back();
    if (next.from > last.until + kSeam) {
        spans.push_back({.kind = SpanKind::Hole, .from = last.until, .until = next.from, .precision = {}, .transactions = 0, .cause = cause_of(before)});
        spans.push_back(std::move(next));
        return;
    }
    if (next.kind == last.kind) {
        last.until = std::max(last.until, next.until);
        last.precision = std::max(last.precision, next.precision);
        last.transactions += next.transactions;
        return;
    }
    next.from = std::max(next.from, last.until);
    if (next.until > next.from) spans.push_back(std::move(next));
}

void cut_to(std::vector<TimelineSpan>& spans, Instant since) {
    std::erase_if(spans, [&](const TimelineSpan& span) { return span.until < since; });
    if (!spans.empty()) spans.front().from = std::max(spans.front().from, since);
}

}  // namespace

Timeline timeline_of(const DatabaseName& database, std::span<const RecoveryPoint> points, std::span<const LogWindow> windows,
                     std::optional<Instant> since, Instant now) {
    Timeline timeline{.database = database, .from = now, .until = now, .spans = {}, .points = {}};
    for (const RecoveryPoint& point : points) {
        if (is_state(point) && (!since || point.instant >= *since)) timeline.points.push_back(point);
    }
    std::ranges::sort(timeline.points, {}, &RecoveryPoint::instant);
    const std::vector<LogWindow> streams = streams_of(windows);
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (timeline.spans.empty()) timeline.spans.push_back(span_of(streams[i]));
        else append(timeline.spans, streams[i - 1], streams[i]);
    }
    if (!streams.empty() && !streams.back().ended.empty() && timeline.spans.back().until + kSeam < now) {
        timeline.spans.push_back({.kind = SpanKind::Hole, .from = timeline.spans.back().until, .until = now, .precision = {}, .transactions = 0,
                                  .cause = streams.back().ended});
    }
    if (since) cut_to(timeline.spans, *since);
    if (!timeline.points.empty()) timeline.from = timeline.points.front().instant;
    if (!timeline.spans.empty()) timeline.from = std::min(timeline.from, timeline.spans.front().from);
    if (since) timeline.from = *since;
    return timeline;
}

std::string_view name_of(SpanKind kind) {
    static constexpr std::string_view kNames[] = {"any-second", "steps", "hole"};
    return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace holdfast
