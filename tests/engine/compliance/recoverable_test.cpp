#include "engine/compliance/recoverable.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/compliance/evidence_fixtures.hpp"

namespace holdfast {
namespace {

TEST_CASE("points, runs on record and log windows make moments recoverable", "[compliance]") {
    DatabaseEvidence past;
    CHECK_FALSE(newest_recoverable(past, kNow));
    CHECK_FALSE(longest_gap(past, kNow - span("10h"), kNow));
    past.points = {state_of(kNow - span("9h"), 1)};
    CHECK(newest_recoverable(past, kNow) == kNow - span("9h"));
    CHECK(longest_gap(past, kNow - span("10h"), kNow)->length() == span("9h"));
    LogWindow window;
    window.from = kNow - span("8h");
    window.until = kNow - span("1h");
    past.windows = {window};
    CHECK(newest_recoverable(past, kNow) == kNow - span("1h"));
    CHECK(longest_gap(past, kNow - span("10h"), kNow)->length() == span("1h"));
    CHECK(newest_recoverable(past, kNow - span("8h")) == kNow - span("8h"));
}

TEST_CASE("a damaged point and a failed run bring nothing back", "[compliance]") {
    DatabaseEvidence past;
    past.points = {state_of(kNow - span("1h"), 1)};
    past.points[0].soundness = Soundness::Damaged;
    past.runs = {{kNow, kNow - span("1h"), kNow, BackupKind::Full, JobState::Failed, 0}};
    CHECK_FALSE(newest_recoverable(past, kNow));
    past.runs[0].state = JobState::Done;
    CHECK(newest_recoverable(past, kNow) == kNow - span("1h"));
}

}  // namespace
}  // namespace holdfast
