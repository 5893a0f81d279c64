#include "engine/recovery/timeline.hpp"

#include <catch2/catch.hpp>

#include "tests/support/catalog_values.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

const Instant kNow = instant_of("2026-11-20T12:00:00Z");
const DatabaseName kName{"orders"};

LogWindow window_of(const char* stream, const char* from, const char* until, const char* ended = "", Duration precision = 15ms) {
    return {.database = kName, .stream = LogStreamId(stream), .store = StoreName("local"), .base = PointId("01a"), .from = instant_of(from),
            .until = instant_of(until), .transactions = 5, .bytes = 1, .precision = precision, .ended = ended};
}

Timeline drawn(const std::vector<RecoveryPoint>& points, const std::vector<LogWindow>& windows, std::optional<Instant> since = {}) {
    return timeline_of(kName, points, windows, since, kNow);
}

}  // namespace

TEST_CASE("one stream is one span to the second", "[recovery][timeline]") {
    const Timeline timeline = drawn({point_of("01a", "2026-11-20T09:00:00Z")}, {window_of("s", "2026-11-20T09:00:00Z", "2026-11-20T12:00:00Z")});
    REQUIRE(timeline.spans.size() == 1);
    CHECK(timeline.spans[0].kind == SpanKind::AnySecond);
    CHECK(timeline.from == instant_of("2026-11-20T09:00:00Z"));
    CHECK(timeline.points.size() == 1);
}

TEST_CASE("streams that join up are one span", "[recovery][timeline]") {
    const Timeline timeline = drawn({}, {window_of("t", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z"), window_of("s", "2026-11-20T09:00:00Z", "2026-11-20T10:00:05Z", "another goes on")});
    REQUIRE(timeline.spans.size() == 1);
    CHECK(timeline.spans[0].until == kNow);
    CHECK(timeline.spans[0].transactions == 10);
}

TEST_CASE("between two streams that do not join up is a hole with its cause", "[recovery][timeline]") {
    const Timeline timeline = drawn({}, {window_of("s", "2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z", "the log was reset while nobody watched"),
                                         window_of("t", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z")});
    REQUIRE(timeline.spans.size() == 3);
    CHECK(timeline.spans[1] == TimelineSpan{.kind = SpanKind::Hole, .from = instant_of("2026-11-20T09:00:00Z"), .until = instant_of("2026-11-20T10:00:00Z"),
                                            .precision = {}, .transactions = 0, .cause = "the log was reset while nobody watched"});
}

TEST_CASE("a stream that nobody went on with leaves a hole as well", "[recovery][timeline]") {
    const Timeline timeline = drawn({}, {window_of("s", "2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z"), window_of("t", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z")});
    REQUIRE(timeline.spans.size() == 3);
    CHECK(timeline.spans[1].cause == "nobody followed it");
}

TEST_CASE("a hole at the end goes on until now", "[recovery][timeline]") {
    const Timeline timeline = drawn({}, {window_of("s", "2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z", "the database is gone")});
    REQUIRE(timeline.spans.size() == 2);
    CHECK(timeline.spans[1].until == kNow);
    CHECK(timeline.spans[1].cause == "the database is gone");
}

TEST_CASE("a log of periodic jobs is shown in steps, not to the second", "[recovery][timeline]") {
    const Timeline timeline = drawn({}, {window_of("s", "2026-11-20T08:00:00Z", "2026-11-20T12:00:00Z", "", 3min)});
    REQUIRE(timeline.spans.size() == 1);
    CHECK(timeline.spans[0].kind == SpanKind::Steps);
    CHECK(timeline.spans[0].precision == 3min);
}

TEST_CASE("the same stream in two stores is drawn once, as far as it reaches", "[recovery][timeline]") {
    LogWindow far = window_of("s", "2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z");
    far.store = StoreName("offsite");
    const Timeline timeline = drawn({}, {far, window_of("s", "2026-11-20T08:00:00Z", "2026-11-20T12:00:00Z")});
    REQUIRE(timeline.spans.size() == 1);
    CHECK(timeline.spans[0].until == kNow);
    CHECK(timeline.spans[0].transactions == 5);
}

TEST_CASE("what is older than asked for is cut off", "[recovery][timeline]") {
    const Instant since = instant_of("2026-11-20T11:00:00Z");
    const Timeline timeline = drawn({point_of("01a", "2026-11-20T08:00:00Z"), point_of("01b", "2026-11-20T11:30:00Z")},
                                    {window_of("s", "2026-11-20T08:00:00Z", "2026-11-20T12:00:00Z")}, since);
    CHECK(timeline.from == since);
    CHECK(timeline.points.size() == 1);
    CHECK(timeline.spans.front().from == since);
}

TEST_CASE("a database without any point has an empty timeline", "[recovery][timeline]") {
    const Timeline timeline = drawn({}, {});
    CHECK(timeline.spans.empty());
    CHECK(timeline.points.empty());
}
