#include "engine/repository/repositories.hpp"

#include "tests/engine/repository/workbench.hpp"

using namespace holdfast;

namespace {

constexpr const char* kVariable = "HOLDFAST_TEST_REPOSITORIES_KEY";

struct TwoStores {
    ManualClock clock{"2026-03-01T00:00:00Z"};
    TemporaryFolder folder;
    Policy policy;
    StoreRegistry registry;
    int opened = 0;

    TwoStores() {
        ::setenv(kVariable, kRawKey, 1);
        policy.encryption.key = {SecretKind::Environment, kVariable};
        for (const char* name : {"local", "offsite"}) {
            StoreSpec spec;
            spec.name = StoreName(name);
            spec.url = "memory://" + std::string(name);
            policy.stores.push_back(spec);
        }
        registry.add("memory", [this](const StoreSpec&) {
            ++opened;
            return std::make_unique<MemoryStore>(clock);
        });
    }
    ~TwoStores() { ::unsetenv(kVariable); }
};

}  // namespace

TEST_CASE("each store's repository is opened once", "[repository]") {
    TwoStores two;
    Repositories repositories(two.policy, two.registry, two.clock, two.folder.path());
    Repository& local = repositories.of_or_create(StoreName("local"));
    CHECK(&repositories.of(StoreName("local")) == &local);
    CHECK(&repositories.of_or_create(StoreName("offsite")) != &local);
    CHECK(two.opened == 2);
    CHECK(Repository::exists(repositories.store(StoreName("local"))));
}

TEST_CASE("a store without a repository says what makes one", "[repository]") {
    TwoStores two;
    Repositories repositories(two.policy, two.registry, two.clock, two.folder.path());
    try {
        repositories.of(StoreName("local"));
        FAIL("it was opened");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Missing);
        CHECK(error.message.find("store local") == 0);
        CHECK(error.hint.find("runbook") != std::string::npos);
    }
    CHECK_THROWS_AS(repositories.of(StoreName("elsewhere")), Error);
}

TEST_CASE("without its key no repository is opened, and the error names the store", "[repository]") {
    TwoStores two;
    ::unsetenv(kVariable);
    Repositories repositories(two.policy, two.registry, two.clock, two.folder.path());
    try {
        repositories.of_or_create(StoreName("offsite"));
        FAIL("it was made");
    } catch (const Error& error) {
        CHECK(error.message.find("store offsite") == 0);
    }
    two.policy.encryption.enabled = false;
    CHECK(repositories.of_or_create(StoreName("offsite")).keys().at(0).kind == "none");
}
