#include "engine/recovery/installation.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "tests/support/installation_fixture.hpp"

using namespace holdfast;

namespace {

Error error_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    FAIL("nothing was thrown");
    throw;
}

}  // namespace

TEST_CASE("a database is found with its environment and its policy", "[recovery][installation]") {
    InstallationFixture fixture;
    const Installation installation = fixture.installation();
    const DatabaseSpec& spec = installation.database(DatabaseName("orders"));
    CHECK(spec.name == DatabaseName("orders"));
    CHECK(installation.environment_of(spec).name == spec.environment);
    CHECK(installation.policy_of(spec).name == spec.policy);
}

TEST_CASE("a misspelt database gets a suggestion", "[recovery][installation]") {
    InstallationFixture fixture;
    const Installation installation = fixture.installation();
    const Error error = error_of([&] { (void)installation.database(DatabaseName("order")); });
    CHECK(error.code == ErrorCode::Usage);
    CHECK(error.hint == "Did you mean orders?");
    CHECK(error_of([&] { (void)installation.database(DatabaseName("zzzzzzzz")); }).hint == "The policy has: orders.");
}

TEST_CASE("a policy put together by hand may lack what it names", "[recovery][installation]") {
    InstallationFixture fixture;
    const Installation installation = fixture.installation();
    DatabaseSpec spec = fixture.spec();
    spec.environment = EnvironmentName("nowhere");
    spec.policy = PolicyName("none");
    CHECK(error_of([&] { (void)installation.environment_of(spec); }).code == ErrorCode::BadPolicy);
    CHECK(error_of([&] { (void)installation.policy_of(spec); }).code == ErrorCode::BadPolicy);
}
