// A drill of total-failure on a real PostgreSQL cluster: everything comes back in scratch, and the real server is not even asked.
#include <catch2/catch.hpp>

#include <csignal>

#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/operations/drill.hpp"
#include "engine/recovery/restore.hpp"
#include "providers/databases/postgres/postgres_provider.hpp"
#include "providers/databases/postgres/server_process.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

namespace {

class DrilledCluster : public WorkplaceFixture {
public:
    PostgresServer server;

    DrilledCluster() {
        fs::permissions(folder.path(), fs::perms(0711));   // A server over a copy runs under another user.
        providers.add(std::make_unique<PostgresProvider>());
        server.sql("create table orders as select id, 'order ' || id as note from generate_series(1, 500) id");
        std::string text = policy_text();
        const std::string sqlite = "engine: sqlite, environment: shop, policy: nightly, path: orders.db";
        text.replace(text.find(sqlite), sqlite.size(),
                     fmt::format("engine: postgres, environment: shop, policy: nightly, connection: \"{}\", application: {{ stop: [\"false\"], start: [\"false\"], probe: {{ sql: \"select count(*) = 500 from orders\" }} }}", server.connection()));
        write("policies/policy.yaml", text);
        open();
        back_up();
    }
    DrillRecord drill(const std::string& book) {
        DrillAsked asked{.name = book};
        asked.database = kOrders;
        return run_drills(place(), asked, {.on_event = {}, .ask = {}, .yes = true, .progress = progress, .cancel = never}).at(0);
    }
    fs::path scratch() { return place().installation().state / "drills"; }
};

}  // namespace

TEST_CASE_METHOD(DrilledCluster, "a cluster is brought back in a drill while the real server is away, and nothing goes on afterwards", "[end_to_end][postgres]") {
    const auto points = place().catalog().points(std::nullopt);
    server.stop();
    const DrillRecord record = drill("total-failure");
    std::string said = record.why;
    for (const DrillCheck& check : record.checks) said += fmt::format("\n{} {}: {}", check.passed, check.name, check.detail);
    INFO(said);
    CHECK(record.passed);
    const auto probe = std::ranges::find(record.checks, "probe", &DrillCheck::name);
    REQUIRE(probe != record.checks.end());
    CHECK(probe->detail == "the policy's SQL says t");
    const auto integrity = std::ranges::find(record.checks, "integrity", &DrillCheck::name);
    REQUIRE(integrity != record.checks.end());
    CHECK(integrity->detail.find("page checksums") != std::string::npos);
    CHECK(place().catalog().points(std::nullopt) == points);
    CHECK(fs::is_empty(scratch()));
}

TEST_CASE_METHOD(DrilledCluster, "a drill that fails keeps its copy without a server, and says where", "[end_to_end][postgres]") {
    server.sql("delete from orders where id > 400");
    clock.advance(std::chrono::minutes(1));   // Later than the first: the newest.
    back_up();
    const DrillRecord record = drill("total-failure");
    CHECK_FALSE(record.passed);
    INFO(record.why);
    CHECK(record.why.starts_with("runbook: failed: step 9"));
    CHECK(record.why.ends_with("says f"));
    REQUIRE_FALSE(record.kept.empty());
    CHECK(fs::exists(fs::path(record.kept) / "restored/database.db/PG_VERSION"));
    CHECK_FALSE(fs::exists(fs::path(record.kept) / "restored/database.db/postmaster.pid"));
}

TEST_CASE_METHOD(DrilledCluster, "a disaster that is not staged in a scratch server is refused with the one that is", "[end_to_end][postgres]") {
    const Error refused = thrown_by([&] { drill("accidental-deletion"); });
    CHECK(refused.code == ErrorCode::Unavailable);
    CHECK(refused.hint.find("runbook drill total-failure --database orders") != std::string::npos);
    CHECK(fs::is_empty(scratch()));
}

TEST_CASE_METHOD(DrilledCluster, "a server that a killed drill has left goes when its scratch is cleared", "[end_to_end][postgres]") {
    const Installation& real = place().installation();
    const fs::path left = scratch() / new_ulid(to_millis(clock.now()));
    const fs::path copy = left / "restored/database.db";
    restore_point(real, {.point = real.catalog.points(kOrders).front(), .to = copy.string(), .delta = false, .store = {}, .log = {}, .over_live = false}, progress, {});
    const Place as_copy{kOrders, EngineKind::Postgres, copy.string(), true};
    real.providers.of(EngineKind::Postgres).open_copy({.copy = as_copy, .live = {}, .room = real.state}, {clock, progress, {}});
    const pid_t server_left = server_in(copy).value();
    clock.advance(std::chrono::hours(24 * 60));
    CHECK(drill("total-failure").passed);
    CHECK_FALSE(fs::exists(left));
    CHECK(::kill(server_left, 0) != 0);
}
