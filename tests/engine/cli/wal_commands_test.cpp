#include <catch2/catch.hpp>

#include "engine/operations/archive_wal.hpp"
#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "a log is pushed only where the policy has a PostgreSQL server", "[cli][wal]") {
    set_up();
    const Ran ran = run({"wal", "push", "pg_wal/000000010000000000000003"});
    CHECK(ran.status == 64);
    CHECK(ran.complains("the policy has no PostgreSQL database"));
    CHECK(run({"wal", "push", "x", "--database", "orders"}).complains("orders is no PostgreSQL database of the policy"));
}

TEST_CASE_METHOD(CommandFixture, "a server that recovers is told to stop where it is not known how its log goes on", "[cli][wal]") {
    set_up();
    const Ran ran = run({"wal", "fetch", "000000010000000000000003", "pg_wal/RECOVERYXLOG"});
    CHECK(ran.status == 126);
    CHECK(ran.complains("the policy has no PostgreSQL database"));
    write("policies/policy.yaml", "nonsense");
    CHECK(run({"wal", "fetch", "000000010000000000000003", "x"}).status == 126);
}

TEST_CASE_METHOD(CommandFixture, "one state is asked for, in one way", "[cli][wal]") {
    set_up();
    CHECK(run({"restore", "orders", "--lsn", "0/3", "--xid", "7", "--to", "x"}).complains("--lsn and --xid do not go together"));
    CHECK(run({"restore", "orders", "--lsn", "three", "--to", "x"}).complains("three is no place in a write-ahead log"));
    CHECK(run({"restore", "orders", "--xid", "seven", "--to", "x"}).complains("seven is no transaction number"));
    CHECK(run({"restore", "orders", "--name", "here", "--to", "x"}).complains("no store has a write-ahead log of orders"));
}

TEST_CASE_METHOD(CommandFixture, "only a server that keeps a log can be told to forget it", "[cli][wal]") {
    set_up();
    const Ran ran = run({"wal", "release", "orders", "--yes"});
    INFO(ran.err);
    CHECK(ran.status == 69);
    CHECK(run({"wal", "release", "nobody", "--yes"}).status == 64);
}
