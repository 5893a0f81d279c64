#include "engine/recovery/find_point.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "tests/support/catalog_values.hpp"
#include "tests/support/installation_fixture.hpp"

using namespace holdfast;

namespace {

struct Points : InstallationFixture {
    Points() {
        policy.timezone = "Europe/Berlin";
        for (const char* at : {"2026-11-18T01:00:00Z", "2026-11-19T01:00:00Z", "2026-11-20T01:00:00Z"}) {
            catalog->put_point(point_of(std::string("01") + at[9], at));
        }
    }
    std::string found(std::optional<std::string_view> before) {
        const auto moment = before ? std::optional(instant_of(*before)) : std::nullopt;
        return find_point(installation(), DatabaseName("orders"), moment).id.str().substr(0, 3);
    }
    void damage(const std::string& prefix) {
        catalog->record_verification({.point = catalog->point_by_prefix(prefix).id, .store = StoreName("local"), .at = clock.now(),
                                      .sound = false, .depth = "checksum", .detail = ""});
    }
    Error refusal(std::optional<std::string_view> before) {
        try {
            found(before);
        } catch (const Error& error) {
            return error;
        }
        FAIL("a point was found");
        return Error(ErrorCode::Internal, "");
    }
};

}  // namespace

TEST_CASE("without a moment the newest point is found", "[recovery][find]") {
    Points points;
    CHECK(points.found(std::nullopt) == "010");
}

TEST_CASE("the point is strictly before the moment", "[recovery][find]") {
    Points points;
    CHECK(points.found("2026-11-20T01:00:00.001Z") == "010");
    CHECK(points.found("2026-11-20T01:00:00Z") == "019");
    CHECK(points.found("2026-11-19T12:00:00Z") == "019");
}

TEST_CASE("a damaged point is passed over", "[recovery][find]") {
    Points points;
    points.damage("010");
    CHECK(points.found(std::nullopt) == "019");
}

TEST_CASE("log pieces are not points to restore", "[recovery][find]") {
    Points points;
    RecoveryPoint log = point_of("01l", "2026-11-20T02:00:00Z");
    log.kind = BackupKind::Log;
    points.catalog->put_point(log);
    CHECK(points.found(std::nullopt) == "010");
}

TEST_CASE("a moment before the first point is refused with the nearest after it in both times", "[recovery][find]") {
    Points points;
    const Error error = points.refusal("2026-11-18T01:00:00Z");
    CHECK(error.code == ErrorCode::CannotRecover);
    CHECK_THAT(error.message, Catch::Contains("there is none before") && Catch::Contains("the nearest after is 018") &&
                                  Catch::Contains("2026-11-18 02:00:00 CET") && Catch::Contains("2026-11-18T01:00:00Z"));
    CHECK_THAT(error.hint, Catch::Contains("--point 018"));
}

TEST_CASE("where only damaged points come before they are named", "[recovery][find]") {
    Points points;
    points.damage("018");
    const Error error = points.refusal("2026-11-18T12:00:00Z");
    CHECK_THAT(error.message, Catch::Contains("the nearest before is 018") && Catch::Contains("damaged") && Catch::Contains("after is 019"));
    CHECK_THAT(error.hint, Catch::Contains("catalog verify 018"));
}

TEST_CASE("a database without points says how to make one", "[recovery][find]") {
    InstallationFixture f;
    try {
        find_point(f.installation(), DatabaseName("orders"), std::nullopt);
        FAIL("a point was found");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::CannotRecover);
        CHECK_THAT(error.hint, Catch::Contains("runbook backup now orders"));
    }
}

TEST_CASE("a database that the policy does not have is suggested", "[recovery][installation]") {
    InstallationFixture f;
    try {
        find_point(f.installation(), DatabaseName("ordres"), std::nullopt);
        FAIL("a point was found");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Usage);
        CHECK(error.hint == "Did you mean orders?");
    }
}

TEST_CASE_METHOD(InstallationFixture, "a dump is no state that a moment can be found in, and what to do with it is said", "[recovery]") {
    RecoveryPoint dump = point_of("01dump", "2026-11-20T01:00:00Z");
    dump.kind = BackupKind::Logical;
    catalog->put_point(dump);
    try {
        find_point(installation(), DatabaseName("orders"), std::nullopt);
        FAIL("a point was found");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::CannotRecover);
        CHECK(error.hint.find("`runbook restore orders --point ID --to FOLDER`") != std::string::npos);
    }
}
