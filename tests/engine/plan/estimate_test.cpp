#include "engine/plan/estimate.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/plan/plan_fixtures.hpp"

namespace holdfast {
namespace {

Estimate estimated(const std::vector<std::uint64_t>& stored_newest_first, BackupKind kind) {
    std::vector<RecoveryPoint> points;
    for (const std::uint64_t bytes : stored_newest_first) {
        points.push_back(point_at("p", "2026-11-22T02:00:00Z"));
        points.back().stored_bytes = bytes;
        points.back().finished = points.back().started + Duration(static_cast<std::int64_t>(bytes));
    }
    std::vector<const RecoveryPoint*> references;
    for (const RecoveryPoint& point : points) references.push_back(&point);
    return estimate_backup(references, kind);
}

}  // namespace

TEST_CASE("an estimate is the median of the last five", "[plan][estimate]") {
    CHECK(estimated({10, 11, 900, 12, 13, 5000, 5000}, BackupKind::Full) == Estimate{.bytes = 12, .time = Duration(12)});
    CHECK(estimated({10, 30}, BackupKind::Full) == Estimate{.bytes = 10, .time = Duration(10)});
}

TEST_CASE("without a backup of that kind nothing is known", "[plan][estimate]") {
    CHECK(estimated({10}, BackupKind::Incremental) == Estimate{});
    CHECK(estimated({}, BackupKind::Full) == Estimate{});
}

}  // namespace holdfast
