#include "engine/operations/from_store.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/tick.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

namespace {

struct Bare : WorkplaceFixture {
    fs::path home = folder / "state-home";
    Built here = built();

    Bare() { tick(place(), {}, progress, never); }

    std::string url() { return place().policy().stores.front().url; }
    std::string key() {
        const SecretSource& source = place().policy().encryption.key;
        return (source.kind == SecretKind::Environment ? "env:" : "file:") + source.value;
    }
};

}  // namespace

TEST_CASE_METHOD(Bare, "the databases of a store are known from the store alone", "[operations][from_store]") {
    const Policy policy = policy_from_store(here, {url(), key()}, home);
    REQUIRE(policy.databases.size() >= 1);
    CHECK(policy.database(kOrders) != nullptr);
    CHECK(policy.state.string().starts_with(home.string()));
    const Workplace workplace(here, policy, true);
    CHECK(workplace.installation().from_store_alone);
}

TEST_CASE_METHOD(Bare, "a store that was used before is found again, and its key's place with it", "[operations][from_store]") {
    CHECK(stores_used_before(home).empty());
    const Policy policy = policy_from_store(here, {url(), key()}, home);
    CHECK(stores_used_before(home).empty());   // Nothing was run yet.
    fs::create_directories(policy.state / "runs");
    REQUIRE(stores_used_before(home).size() == 1);
    CHECK(stores_used_before(home).front().url == url());
    CHECK(stores_used_before(home).front().key == key());
}

TEST_CASE_METHOD(Bare, "what is no store, no key or empty is said", "[operations][from_store]") {
    CHECK(code_thrown_by([&] { policy_from_store(here, {"/srv/backups", key()}, home); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([&] { policy_from_store(here, {url(), "0123456789"}, home); }) == ErrorCode::Usage);
    fs::create_directories(folder / "empty");
    CHECK(code_thrown_by([&] { policy_from_store(here, {"file://" + (folder / "empty").string(), key()}, home); }) == ErrorCode::Missing);
}

TEST_CASE("the state of a recovery without a policy is the person's own", "[operations][from_store]") {
    const auto with = [](std::map<std::string, std::string> variables) {
        return [variables](const std::string& name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
    };
    CHECK(state_home(with({{"XDG_STATE_HOME", "/var/state"}, {"HOME", "/root"}})) == "/var/state/holdfast");
    CHECK(state_home(with({{"HOME", "/root"}})) == "/root/.local/state/holdfast");
    CHECK(code_thrown_by([&] { state_home(with({})); }) == ErrorCode::Usage);
}
