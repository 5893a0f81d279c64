#include "engine/model/slot.hpp"

#include <catch2/catch.hpp>

namespace holdfast {
namespace {

TEST_CASE("slots sort by database and kind and time", "[model][slot]") {
    const Instant early = *parse_rfc3339("2026-11-20T01:00:00Z");
    const Slot first{DatabaseName("a"), BackupKind::Full, early + Duration(1)}, second{DatabaseName("a"), BackupKind::Incremental, early}, third{DatabaseName("b"), BackupKind::Full, early};
    CHECK(first < second);
    CHECK(second < third);
}

}  // namespace
}  // namespace holdfast
