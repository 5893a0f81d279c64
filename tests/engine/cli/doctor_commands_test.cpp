#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "the doctor finds nothing where all is well", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran ran = run({"doctor"});
    INFO(ran.out);
    CHECK(ran.status == 0);
    CHECK(ran.says("ok      policy: "));
    CHECK(ran.says("ok      database orders: SQLite"));
    CHECK(ran.says("ok      writing to store local: "));
    CHECK(run({"doctor", "--format", "json"}).says("\"kind\": \"doctor\""));
}

TEST_CASE_METHOD(CommandFixture, "the doctor names everything that is missing and what to do", "[cli]") {
    set_up();
    ::unsetenv("HOLDFAST_TEST_KEY");
    std::filesystem::remove(database());
    std::filesystem::remove(database().string() + "-wal");
    const Ran ran = run({"doctor"});
    CHECK(ran.status == 1);
    CHECK(ran.says("not ok  key: "));
    CHECK(ran.says("not ok  database orders: "));
    CHECK(ran.says("2 things to put right."));
}

TEST_CASE_METHOD(CommandFixture, "the doctor sees a broken policy and a clock that was moved back", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    clock.set(clock.now() - std::chrono::hours(24));
    CHECK(run({"doctor"}).says("not ok  clock: "));
    set_up("nonsense: 1\n");
    CHECK(run({"doctor"}).says("not ok  policy: the policy has 1 error"));
}

TEST_CASE_METHOD(CommandFixture, "the doctor is not content where a repository is gone, and puts its settings back on request", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    std::filesystem::rename(folder / "backups", folder / "elsewhere");
    const Ran missed = run({"doctor"});
    CHECK(missed.status == 1);
    CHECK(missed.says("not ok  store local: the repository that held 1 recovery point is missing"));
    CHECK(missed.says("1 thing to put right."));
    std::filesystem::remove_all(folder / "backups");
    std::filesystem::rename(folder / "elsewhere", folder / "backups");
    std::filesystem::remove(folder / "backups" / "repository.json");
    CHECK(run({"doctor"}).status == 1);
    CHECK(run({"doctor", "--repair"}).status == 0);
    CHECK(run({"doctor"}).says("Nothing to put right in "));
}
