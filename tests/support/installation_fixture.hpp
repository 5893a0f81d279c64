// A whole installation for a test: policy, state folder, two local stores, the SQLite provider, a clock
// moved by hand, and the database "orders" (environment dev: one store; make it prod for two).
#pragma once

#include <cstdlib>

#include "engine/recovery/installation.hpp"
#include "providers/stores/local/local_store.hpp"
#include "tests/support/hooked_provider.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {

class InstallationFixture {
public:
    TemporaryFolder folder;
    ManualClock clock{"2026-11-20T12:00:00Z"};
    Policy policy;
    StoreRegistry stores;
    ProviderRegistry providers;
    HookedProvider* sqlite = nullptr;
    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<Repositories> repositories;
    NoProgress progress;

    InstallationFixture() {
        ::setenv("HOLDFAST_TEST_KEY", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1);
        stores.add("file", [](const StoreSpec& spec) { return open_local_store(spec); });
        auto provider = std::make_unique<HookedProvider>();
        sqlite = provider.get();
        providers.add(std::move(provider));
        describe();
        add_database("orders");
        reopen();
    }

    // As a new process would.
    void reopen() {
        repositories.reset();
        catalog.reset();
        catalog = Catalog::open(state() / "catalog.db", clock);
        repositories = std::make_unique<Repositories>(policy, stores, clock, state());
    }

    Installation installation() {
        Provenance provenance;
        provenance.policy_hash = "5f";
        provenance.host = "test";
        provenance.user = "tester";
        provenance.version = "0.1.0";
        return {.policy = policy, .catalog = *catalog, .repositories = *repositories, .providers = providers,
                .clock = clock, .state = state(), .provenance = provenance};
    }

    fs::path state() const { return folder / "state"; }
    fs::path live(const std::string& name = "orders") const { return folder / "live" / (name + ".db"); }
    fs::path store_folder(const std::string& store) const { return folder / "stores" / store; }
    DatabaseSpec& spec() { return policy.databases.front(); }
    BackupPolicy& rules() { return policy.policies.front(); }

    void add_database(const std::string& name) {
        fs::create_directories(live(name).parent_path());
        make_sample_database(live(name));
        DatabaseSpec spec;
        spec.name = DatabaseName(name);
        spec.environment = EnvironmentName("dev");
        spec.policy = PolicyName("chain");
        spec.path = live(name).string();
        policy.databases.push_back(std::move(spec));
    }

private:
    void describe() {
        policy.folder = folder / "policies";
        policy.state = state();
        policy.encryption.key = {SecretKind::Environment, "HOLDFAST_TEST_KEY"};
        for (const char* name : {"local", "offsite"}) {
            StoreSpec store;
            store.name = StoreName(name);
            store.url = "file://" + store_folder(name).string();
            policy.stores.push_back(std::move(store));
        }
        EnvironmentSpec dev;
        dev.name = EnvironmentName("dev");
        dev.copies = {StoreName("local")};
        EnvironmentSpec prod = dev;
        prod.name = EnvironmentName("prod");
        prod.copies = {StoreName("local"), StoreName("offsite")};
        policy.environments = {dev, prod};
        BackupPolicy chain;
        chain.name = PolicyName("chain");
        BackupRule full;
        full.when = CronSpec{"0 2 * * Sun"};
        BackupRule incremental;
        incremental.kind = BackupKind::Incremental;
        incremental.when = CronSpec{"0 2 * * Mon-Sat"};
        chain.backups = {full, incremental};
        chain.retention.daily = parse_period("7d");
        chain.retention.at_least = 2;
        policy.policies = {chain};
    }
};

}  // namespace holdfast
