#include "engine/operations/keys.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/keys_of_people.hpp"
#include "engine/operations/take_backup.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE("a key's source is read, never the key", "[operations]") {
    CHECK(read_secret_source("env:A") == SecretSource{SecretKind::Environment, "A"});
    CHECK(read_secret_source("file:/a:b") == SecretSource{SecretKind::File, "/a:b"});
    CHECK(read_secret_source("command:pass show a") == SecretSource{SecretKind::Command, "pass show a"});
    for (const char* wrong : {"", "A", "env:", ":A", "key:A"}) {
        try {
            read_secret_source(wrong);
            FAIL("accepted");
        } catch (const Error& error) {
            CHECK(error.code == ErrorCode::Usage);
            CHECK((std::string(wrong).empty() || error.message.find(wrong) == std::string::npos));
        }
    }
}

TEST_CASE_METHOD(WorkplaceFixture, "keys are added, rotated and destroyed in every store", "[operations]") {
    CHECK(list_keys(place()).front().exists == false);
    CHECK_THROWS_AS(add_key(place(), {SecretKind::Environment, "HOLDFAST_TEST_KEY"}, ""), Error);
    BackupNow request;
    request.database = kOrders;
    take_backup(place(), request, progress, never);
    ::setenv("HOLDFAST_SAFE_KEY", "a passphrase", 1);
    const auto added = add_key(place(), {SecretKind::Environment, "HOLDFAST_SAFE_KEY"}, "safe");
    REQUIRE(added.size() == 1);
    CHECK(list_keys(place()).front().keys.size() == 2);
    CHECK(destroy_key_of(place(), kOrders) == std::vector<StoreName>{StoreName("local")});
    CHECK(place().catalog().audit_entries(1).front().action == "keys.destroy");
}

TEST_CASE("a person's key signs what the public half checks", "[operations]") {
    TemporaryFolder folder;
    const std::string public_key = new_person_key(folder / "me.key");
    const SigningKey key = read_person_key(folder / "me.key");
    CHECK(key.public_key == public_key);
    CHECK(is_signed_by(public_key, as_bytes("yes"), sign(key, as_bytes("yes"))));
    Policy policy;
    CHECK_THROWS_AS(person_of_key(policy, public_key), Error);
    policy.people.push_back({"dba-one", public_key, {Role::Approver}});
    CHECK(person_of_key(policy, public_key) == "dba-one");
}

TEST_CASE("a file that is no person's key is refused", "[operations]") {
    TemporaryFolder folder;
    for (const char* text : {"", "holdfast person key 1\n", "holdfast person key 1\nAAAA\n", "other\nAAAA\n", "holdfast person key 1\n***\n"}) {
        write_file_durably(folder / "bad.key", as_bytes(text));
        CHECK_THROWS_AS(read_person_key(folder / "bad.key"), Error);
    }
    CHECK_THROWS_AS(read_person_key(folder / "none.key"), Error);
}
