#include "engine/operations/standby_health.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

DatabaseSpec orders() {
    DatabaseSpec spec;
    spec.name = DatabaseName("orders");
    spec.standby = {.connection = "host=db2", .fence = {"fence", "db1"}};
    return spec;
}

StandbyState healthy() { return {.in_recovery = true, .is_receiving = true, .system = 1, .timeline = 1, .received = Lsn{0x3000060}, .replayed = Lsn{0x3000060}, .last_commit = {}, .may_promote = true, .user = "backup", .version = "15.18"}; }

}  // namespace

TEST_CASE("a standby that could take over is told to be so", "[operations][doctor]") {
    const Diagnosis line = judge_standby(orders(), healthy());
    CHECK(line.ok);
    CHECK(line.subject == "standby of orders");
    CHECK(line.says == "PostgreSQL 15.18, receiving, replayed 0/3000060");
}

TEST_CASE("what would stand in the way of a failover is said before one is needed", "[operations][doctor]") {
    StandbyState state = healthy();
    state.is_receiving = false;
    CHECK(judge_standby(orders(), state).says == "it receives nothing; it has replayed 0/3000060");
    state.may_promote = false;
    CHECK(judge_standby(orders(), state).advice == "GRANT EXECUTE ON FUNCTION pg_promote TO \"backup\"; on the primary.");
    state.in_recovery = false;
    state.timeline = 2;
    CHECK(judge_standby(orders(), state).says == "it is a primary already, on timeline 2");
    DatabaseSpec unfenced = orders();
    unfenced.standby.fence.clear();
    CHECK_FALSE(judge_standby(unfenced, healthy()).ok);
}
