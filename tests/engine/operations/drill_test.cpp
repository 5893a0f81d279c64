#include "engine/operations/drill.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "engine/operations/drill_checks.hpp"
#include "engine/operations/drill_world.hpp"
#include "engine/operations/run_book.hpp"
#include "engine/operations/tick.hpp"
#include "engine/recovery/open_state.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

class DrillFixture : public WorkplaceFixture {
public:
    DrillFixture() {
        for (int day = 0; day < 3; ++day) {
            add_sample_orders(database(), 2);
            back_up();
            clock.advance(std::chrono::hours(24));
        }
    }
    std::vector<DrillRecord> drill(const DrillAsked& asked) {
        return run_drills(place(), asked, {.on_event = {}, .ask = {}, .yes = true, .progress = progress, .cancel = never});
    }
    DrillRecord drill_orders(const std::string& book, std::vector<std::string> arguments = {}) {
        DrillAsked asked{.name = book};
        asked.database = kOrders;
        asked.arguments = std::move(arguments);
        return drill(asked).at(0);
    }
    // Names of everything in the real store but its leases.
    std::set<std::string> stored() {
        std::set<std::string> names;
        place().installation().repositories.store(StoreName("local")).list("", [&](const ObjectFacts& facts) {
            if (!facts.name.starts_with("locks/")) names.insert(facts.name);
        });
        return names;
    }
    // The policy with these words instead of those.
    void change_policy(const std::string& from, const std::string& to, const std::string& more = "") {
        std::string text = policy_text();
        text.replace(text.find(from), from.size(), to);
        write("policies/policy.yaml", text + more);
        open();
    }
    std::string said(const DrillRecord& record) const {
        std::string text = record.why;
        for (const DrillCheck& check : record.checks) text += fmt::format("\n{} {}: {}", check.passed, check.name, check.detail);
        return text;
    }
};

constexpr const char* kWeekly = "drills:\n  weekly: { databases: { environment: shop }, cron: \"0 5 * * *\", runbook: total-failure, point: { random_within: 30d }, must: { finish_within: rto, checks: [integrity, row-counts] } }\n";

}  // namespace

TEST_CASE_METHOD(DrillFixture, "a drill brings a database back without touching anything real", "[operations][drill]") {
    const Bytes live = read_file(database(), 1 << 28);
    const auto objects = stored();
    const auto points = place().catalog().points(std::nullopt);
    for (const char* book : {"total-failure", "accidental-deletion", "corruption", "point-in-time"}) {
        const DrillRecord record = drill_orders(book);
        INFO(book << ": " << said(record));
        CHECK(record.passed);
        CHECK(record.checks.size() == 4);
        CHECK(record.point == points.front().id);
        CHECK(record.point_digest.size() == 64);
        CHECK(record.kept.empty());
    }
    CHECK(read_file(database(), 1 << 28) == live);
    CHECK(stored() == objects);
    CHECK(place().catalog().points(std::nullopt) == points);
    CHECK(list_runs(place()).empty());
    CHECK(fs::is_empty(place().installation().state / "drills"));
    CHECK(place().catalog().drills(kOrders).size() == 4);
    CHECK_FALSE(place().catalog().measurements({WorkKind::Restore}, Instant{}, clock.now()).empty());
    CHECK_FALSE(place().catalog().measurements({WorkKind::Check}, Instant{}, clock.now()).empty());
    CHECK(place().catalog().audit_entries(1).at(0).action == "drill");
    CHECK(place().catalog().verify_audit().ok());
}

TEST_CASE_METHOD(DrillFixture, "what a drill stages is what its runbook repairs", "[operations][drill]") {
    const RecoveryTarget newest = target_of_point(place().catalog().points(kOrders).front());
    const DrillWorld deleted(place(), place().installation().database(kOrders), folder / "deleted");
    CHECK(stage_disaster(deleted, StagedDisaster::AccidentalDeletion, newest, progress, never).find("100 rows of table") == 0);
    CHECK(check_drilled(deleted, newest.point, {}, progress, never).at(1).detail.find("were recorded") != std::string::npos);
    const DrillWorld damaged(place(), place().installation().database(kOrders), folder / "damaged");
    CHECK(stage_disaster(damaged, StagedDisaster::Corruption, newest, progress, never).find("was overwritten") != std::string::npos);
    CHECK_FALSE(check_drilled(damaged, newest.point, {"integrity"}, progress, never).at(0).passed);
    CHECK(disaster_answered_by(place().policy(), "total-failure") == StagedDisaster::TotalFailure);
    CHECK(disaster_answered_by(place().policy(), "point-in-time") == StagedDisaster::None);
}

TEST_CASE_METHOD(DrillFixture, "any point of a span can be drilled, or one that is named", "[operations][drill]") {
    const auto points = place().catalog().points(kOrders);
    DrillAsked asked{.name = "total-failure"};
    asked.database = kOrders;
    asked.point = "random:30d";
    std::size_t among = 0;
    asked.choose = [&](std::size_t count) {
        among = count;
        return count - 1;
    };
    CHECK(drill(asked).at(0).point == points.back().id);
    CHECK(among == 3);
    asked.point = "random:36h";
    CHECK(drill(asked).at(0).point == points.front().id);
    CHECK(among == 1);
    asked.point = points.at(1).id.str();
    const DrillRecord record = drill(asked).at(0);
    INFO(said(record));
    CHECK(record.point == points.at(1).id);
    CHECK(record.passed);
    asked.point = "random:often";
    CHECK(code_thrown_by([&] { drill(asked); }) == ErrorCode::Usage);
}

TEST_CASE_METHOD(DrillFixture, "a drill that fails keeps its scratch copy for a week", "[operations][drill]") {
    change_policy("path: orders.db", "path: orders.db, application: { probe: { sql: \"select count(*) from orders where cents < 0\" } }");
    const DrillRecord record = drill_orders("total-failure");
    CHECK_FALSE(record.passed);
    INFO(said(record));
    CHECK(record.why.find("the probe of") != std::string::npos);
    REQUIRE(fs::exists(record.kept));
    clock.advance(std::chrono::hours(24 * 8));
    drill_orders("total-failure");
    CHECK_FALSE(fs::exists(record.kept));
    CHECK(place().catalog().drills(kOrders).back().kept.empty());
}

TEST_CASE_METHOD(DrillFixture, "what cannot be redirected fails the drill", "[operations][drill]") {
    const DrillRecord record = drill_orders("total-failure", {"--to", (folder / "elsewhere.db").string()});
    CHECK_FALSE(record.passed);
    CHECK(record.why.find("cannot be redirected: a drill writes nothing outside") != std::string::npos);
    CHECK_FALSE(fs::exists(folder / "elsewhere.db"));
}

TEST_CASE_METHOD(DrillFixture, "too slow is failed, and what is demanded must be there to be checked", "[operations][drill]") {
    change_policy("rto: 1h", "rto: 1ms", kWeekly);
    DrillAsked asked{.name = "weekly"};
    const DrillRecord in_time = drill(asked).at(0);
    INFO(said(in_time));
    CHECK(in_time.drill == "weekly");
    CHECK(in_time.limit == Duration(1));
    const DrillWorld world(place(), place().installation().database(kOrders), folder / "world");
    const RecoveryPoint newest = place().catalog().points(kOrders).front();
    CHECK(check_drilled(world, newest, {}, progress, never).at(0).detail == "the runbook has brought nothing back");
    stage_disaster(world, StagedDisaster::None, target_of_point(newest), progress, never);
    CHECK(check_drilled(world, newest, {"probe"}, progress, never).at(0).detail == "the policy has no probe by SQL for it");
}

TEST_CASE_METHOD(DrillFixture, "drills of the policy run when their time has come, once", "[operations][drill]") {
    change_policy("rpo: 26h", "rpo: 26h", kWeekly);
    const TickDone first = tick(place(), {}, progress, never);
    REQUIRE(first.drills.size() == 1);
    INFO(said(first.drills[0]));
    CHECK(first.drills[0].passed);
    CHECK(tick(place(), {}, progress, never).drills.empty());
    clock.advance(std::chrono::hours(24));
    CHECK(tick(place(), {}, progress, never).drills.size() == 1);
}

TEST_CASE_METHOD(DrillFixture, "a drill that makes no sense is refused, and one without points has failed", "[operations][drill]") {
    CHECK(code_thrown_by([&] { drill({.name = "total-failure"}); }) == ErrorCode::Usage);
    DrillAsked nobody{.name = "total-failure"};
    nobody.database = DatabaseName("nobody");
    CHECK(code_thrown_by([&] { drill(nobody); }) == ErrorCode::Usage);
    DatabaseSpec server = place().policy().databases.front();
    server.engine = EngineKind::Postgres;
    CHECK(code_thrown_by([&] { DrillWorld(place(), server, folder / "world"); }) == ErrorCode::Unavailable);
    clock.advance(std::chrono::hours(24 * 60));
    DrillAsked asked{.name = "total-failure"};
    asked.database = kOrders;
    asked.point = "random:1d";
    const DrillRecord record = drill(asked).at(0);
    CHECK_FALSE(record.passed);
    CHECK(record.why == "runbook: there is no sound recovery point to bring back");
}
