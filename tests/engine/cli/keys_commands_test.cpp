#include <catch2/catch.hpp>

#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "keys are listed, added and rotated", "[cli]") {
    set_up();
    CHECK(run({"keys", "list"}).says("no repository yet"));
    CHECK(run({"keys", "rotate", "--key", "env:HOLDFAST_NEW_KEY"}).status == 74);
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    CHECK(run({"keys", "list"}).says("the policy's"));
    ::setenv("HOLDFAST_NEW_KEY", "a passphrase for the safe", 1);
    CHECK(run({"keys", "add", "--key", "env:HOLDFAST_NEW_KEY", "--comment", "in the safe"}).says(" now opens store local too"));
    CHECK(run({"keys", "list"}).says("in the safe"));
    ::setenv("HOLDFAST_NEXT_KEY", "aa0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1);
    const Ran rotated = run({"keys", "rotate", "--key", "env:HOLDFAST_NEXT_KEY"});
    INFO(rotated.err);
    CHECK(rotated.status == 0);
    CHECK(run({"catalog", "verify"}).status != 0);
    ::setenv("HOLDFAST_TEST_KEY", "aa0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1);
    CHECK(run({"catalog", "verify"}).status == 0);
}

TEST_CASE_METHOD(CommandFixture, "a key is never given by itself", "[cli]") {
    set_up();
    CHECK(run({"keys", "add", "--key", "aa0102030405060708090a0b0c0d0e0f"}).status == 64);
    CHECK(run({"keys", "add"}).status == 64);
}

TEST_CASE_METHOD(CommandFixture, "destroying a key wants the database's name", "[cli]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    CHECK(run({"keys", "destroy", "orders"}).status == 77);
    CHECK(run({"keys", "destroy", "orders", "--confirm", "order"}).status == 77);
    CHECK(run({"restore", "orders", "--to", "copy.db"}).status == 0);
    somebody_there = true;
    answers = {"orders"};
    const Ran destroyed = run({"keys", "destroy", "orders"});
    INFO(destroyed.err);
    CHECK(destroyed.status == 0);
    CHECK(destroyed.complains("1 recovery point of it can never be restored again"));
    CHECK(run({"restore", "orders", "--to", "other.db"}).status != 0);
}

TEST_CASE_METHOD(CommandFixture, "a person's key is private and is never written over", "[cli]") {
    const Ran made = run({"keys", "new-person", "me.key"});
    CHECK(made.status == 0);
    CHECK(made.says("public_key: \"ed25519:"));
    CHECK((std::filesystem::status(folder / "me.key").permissions() & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(run({"keys", "new-person", "me.key"}).status == 74);
}
