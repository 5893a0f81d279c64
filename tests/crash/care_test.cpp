// Killed while expiring, collecting, rotating or destroying keys, rebuilding the catalog: what was to stay
// stays, what was begun is finished by the next run.
#include <filesystem>

#include "tests/crash/scenario.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

constexpr const char* kNewKey = "0d5e8c17f2a94b6630c1de82975fab1c4e60d3f8b7295a04e1c68d3f7b90a5e2";

// Four points, one a day; of these only the newest two have to stay.
struct Grown {
    std::shared_ptr<Witness> witness = std::make_shared<Witness>();
    std::shared_ptr<std::set<std::string>> may_go = std::make_shared<std::set<std::string>>();

    void operator()(Shop& shop) const {
        shop.sql("create table pictures (id integer primary key, bytes blob);"
                 "with recursive n(i) as (select 1 union all select i + 1 from n where i < 40) insert into pictures select i, randomblob(65000) from n");
        for (int day = 0; day < 4; ++day) {
            // Most pictures of the first day are replaced in time, so that its packs are mostly waste.
            shop.sql("update pictures set bytes = randomblob(65000) where id / 10 = " + std::to_string(day));
            shop.sql("update orders set note = 'day " + std::to_string(day) + "' || hex(randomblob(40)) where id % 7 = " + std::to_string(day));
            shop.must({"backup", "now", "shop", "--full"}, {.later = day * 24h});
        }
        *witness = Witness(shop, {.later = 4 * 24h});
        may_go->clear();
        const auto ids = Witness::point_ids(shop, {.later = 4 * 24h});   // Newest first.
        may_go->insert(ids.begin() + 2, ids.end());
    }
};

ShopOptions short_memory() { return {.retention = "{ daily: 2d, at_least: 2 }", .backups = "{ full: { every: 24h } }"}; }

Scenario expiry() {
    const Grown grown;
    return {.name = "expire",
            .shop = short_memory(),
            .prepare = grown,
            .command = [](const Shop&) { return std::vector<std::string>{"expire", "--yes"}; },
            .options = {.later = 30 * 24h},
            .points = {"repository.forget.before", "repository.forget.after", "catalog.expiry.before", "catalog.expiry.after",
                       "job.expire.before", "job.expire.after", "catalog.remove_copy.before", "catalog.remove_copy.after",
                       "local_store.remove.before", "local_store.remove.after", "job.collect.before", "job.collect.after",
                       "repository.repack.before", "repository.repack.after",
                       "repository.mark.before", "repository.mark.after"},
            .passages_max = 4,
            .after_kill = [grown](const Shop& shop) { grown.witness->check(shop, *grown.may_go, {.later = 30 * 24h}); },
            .finish = [grown](const Shop& shop) {
                shop.must({"expire", "--yes"}, {.later = 30 * 24h + 1h});
                grown.witness->check(shop, *grown.may_go, {.later = 30 * 24h + 1h});
                CHECK(Witness::point_ids(shop, {.later = 30 * 24h + 1h}).size() == 2);
                // Only after the grace period do the bytes go, and still nothing that is needed.
                shop.must({"expire", "--yes"}, {.later = 40 * 24h});
                shop.must({"expire", "--yes"}, {.later = 50 * 24h});
                grown.witness->check(shop, *grown.may_go, {.later = 50 * 24h});
                check_whole(shop, {.later = 50 * 24h});
            }};
}

// The collection that gives the bytes back, long after the points went.
Scenario collection() {
    const Grown grown;
    return {.name = "collect",
            .shop = short_memory(),
            .prepare =
                [grown](Shop& shop) {
                    grown(shop);
                    shop.must({"expire", "--yes"}, {.later = 30 * 24h});
                },
            .command = [](const Shop&) { return std::vector<std::string>{"expire", "--yes"}; },
            .options = {.later = 40 * 24h},
            .points = {"job.collect.before", "job.collect.after", "local_store.remove.before", "local_store.remove.after",
                       "repository.sweep.before", "repository.sweep.after"},
            .passages_max = 4,
            .after_kill = [grown](const Shop& shop) { grown.witness->check(shop, *grown.may_go, {.later = 40 * 24h}); },
            .finish = [grown](const Shop& shop) {
                shop.must({"expire", "--yes"}, {.later = 50 * 24h});
                grown.witness->check(shop, *grown.may_go, {.later = 50 * 24h});
                CHECK(Witness::point_ids(shop, {.later = 50 * 24h}).size() == 2);
                check_whole(shop, {.later = 50 * 24h});
            }};
}

struct Backed {
    std::shared_ptr<Witness> witness = std::make_shared<Witness>();

    void operator()(Shop& shop) const {
        shop.must({"tick"});
        *witness = Witness(shop);
    }
};

CommandOptions with_new_key(std::chrono::minutes later = 0min) {
    return {.later = later, .environment = {{"BACKUP_ENCRYPTION_KEY", kNewKey}}};
}

Scenario rotation() {
    const Backed backed;
    const std::vector<std::string> rotate{"keys", "rotate", "--key", "env:NEW_KEY"};
    return {.name = "keys rotate",
            .prepare = backed,
            .command = [rotate](const Shop&) { return rotate; },
            .options = {.environment = {{"NEW_KEY", kNewKey}}},
            .points = {"repository.key.add.before", "repository.key.add.after", "repository.key.remove.before",
                       "repository.key.remove.after", "local_store.put.before", "local_store.put.after"},
            .passages_max = 4,
            .after_kill =
                [backed](const Shop& shop) {
                    // One of the two keys opens each store; a person who has both loses nothing.
                    const bool old_opens = shop.run({"catalog", "verify"}).exit_status == 0;
                    const bool new_opens = shop.run({"catalog", "verify"}, with_new_key()).exit_status == 0;
                    INFO("the old key opens everything: " << old_opens << ", the new one: " << new_opens);
                    for (const std::string& id : Witness::point_ids(shop)) {
                        CHECK((shop.run({"restore", "shop", "--point", id, "--to", shop.scratch("a").string()}).ok() ||
                               shop.run({"restore", "shop", "--point", id, "--to", shop.scratch("b").string()}, with_new_key()).ok()));
                        std::filesystem::remove(shop.scratch("a"));
                        std::filesystem::remove(shop.scratch("b"));
                    }
                },
            .finish = [backed, rotate](const Shop& shop) {
                // Run again with what still opens: each store ends with the new key alone.
                CommandOptions again{.environment = {{"NEW_KEY", kNewKey}}};
                const ProcessResult result = shop.run(rotate, again);
                INFO(result.output << result.errors);
                if (!result.ok()) {
                    again.environment["BACKUP_ENCRYPTION_KEY"] = kNewKey;
                    CHECK(shop.run(rotate, again).ok());
                }
                CHECK(shop.run({"catalog", "verify"}, with_new_key(10min)).exit_status == 0);
                backed.witness->check(shop, {}, with_new_key(10min));
                CHECK(shop.run({"catalog", "verify"}, {.later = 10min}).exit_status != 0);
            }};
}

Scenario destruction() {
    const Backed backed;
    const std::vector<std::string> destroy{"keys", "destroy", "shop", "--confirm", "shop"};
    return {.name = "keys destroy",
            .prepare = backed,
            .command = [destroy](const Shop&) { return destroy; },
            .points = {"repository.key.announce.before", "repository.key.announce.after", "repository.key.destroy.before",
                       "repository.key.destroy.after", "local_store.replace.before", "local_store.replace.after"},
            .passages_max = 4,
            .finish = [backed, destroy](const Shop& shop) {
                shop.must(destroy, {.later = 10min});
                for (const std::string& id : backed.witness->ids()) {
                    CHECK_FALSE(shop.run({"restore", "shop", "--point", id, "--to", shop.scratch("gone").string()}).ok());
                }
                // The next backup makes a new key and can be restored.
                shop.must({"backup", "now", "shop", "--full"}, {.later = 20min});
                const auto newest = Witness::point_ids(shop).at(0);
                CHECK((Witness::restored(shop, newest) == bytes_of_file(shop.database())));
            }};
}

Scenario rebuilding() {
    const Backed backed;
    return {.name = "catalog rebuild",
            .prepare =
                [backed](Shop& shop) {
                    backed(shop);
                    std::filesystem::remove_all(shop.state());
                },
            .command = [](const Shop&) { return std::vector<std::string>{"catalog", "rebuild"}; },
            .points = {"catalog.upgrade.before", "catalog.upgrade.after", "job.rebuild.before", "job.rebuild.after",
                       "catalog.replace.before", "catalog.replace.after", "catalog.audit.before", "catalog.audit.after"},
            .passages_max = 4,
            .finish = [backed](const Shop& shop) {
                shop.must({"catalog", "rebuild"}, {.later = 10min});
                backed.witness->check(shop);
                check_whole(shop, {.later = 10min});
            }};
}

Scenario repairing() {
    const Backed backed;
    const std::vector<std::string> repair{"doctor", "--repair"};
    return {.name = "doctor --repair",
            .prepare =
                [backed](Shop& shop) {
                    backed(shop);
                    std::filesystem::remove(shop.store() / "repository.json");
                },
            .command = [repair](const Shop&) { return repair; },
            .points = {"repository.settings.before", "repository.settings.after", "local_store.replace.before", "local_store.replace.after"},
            .finish = [backed, repair](const Shop& shop) {
                shop.must(repair);
                backed.witness->check(shop);
                check_whole(shop, {.later = 10min});
            }};
}

const CommandOptions kMuchLater{.later = 30 * 24h};

// Whether the oldest point is still there after an expiry that would let it go, by a catalog that was made anew.
bool outlives_the_catalog(const Shop& shop, const std::string& id) {
    std::filesystem::remove_all(shop.state());
    shop.must({"catalog", "rebuild"}, kMuchLater);
    shop.must({"expire", "--yes"}, kMuchLater);
    const auto left = Witness::point_ids(shop, kMuchLater);
    return std::ranges::find(left, id) != left.end();
}

Scenario pinning() {
    const Grown grown;
    const auto pin = [grown](const Shop&) { return std::vector<std::string>{"catalog", "pin", *grown.may_go->begin()}; };
    return {.name = "catalog pin",
            .shop = short_memory(),
            .prepare = grown,
            .command = pin,
            .options = {.later = 4 * 24h},
            .points = {"repository.pin.before", "repository.pin.after"},
            .after_kill = [grown](const Shop& shop) { grown.witness->check(shop, {}, {.later = 4 * 24h}); },
            .finish = [grown, pin](const Shop& shop) {
                shop.must(pin(shop), {.later = 4 * 24h});
                CHECK(outlives_the_catalog(shop, *grown.may_go->begin()));
                check_whole(shop, kMuchLater);
            }};
}

Scenario unpinning() {
    const Grown grown;
    const auto unpin = [grown](const Shop&) { return std::vector<std::string>{"catalog", "unpin", *grown.may_go->begin()}; };
    return {.name = "catalog unpin",
            .shop = short_memory(),
            .prepare =
                [grown](Shop& shop) {
                    grown(shop);
                    shop.must({"catalog", "pin", *grown.may_go->begin()}, {.later = 4 * 24h});
                },
            .command = unpin,
            .options = {.later = 4 * 24h},
            .points = {"repository.pin.before", "repository.pin.after"},
            .after_kill =
                [grown](const Shop& shop) {
                    shop.must({"expire", "--yes"}, kMuchLater);
                    const auto left = Witness::point_ids(shop, kMuchLater);
                    CHECK(std::ranges::find(left, *grown.may_go->begin()) != left.end());
                },
            .finish = [grown, unpin](const Shop& shop) {
                shop.must(unpin(shop), kMuchLater);
                CHECK_FALSE(outlives_the_catalog(shop, *grown.may_go->begin()));
                check_whole(shop, kMuchLater);
            }};
}

}  // namespace

std::vector<Scenario> holdfast::care_scenarios() {
    return {expiry(), collection(), rotation(), destruction(), rebuilding(), repairing(), pinning(), unpinning()};
}

TEST_CASE("an expiry that is killed anywhere keeps what is to stay", "[crash]") { play(expiry()); }
TEST_CASE("a collection that is killed anywhere removes nothing that is needed", "[crash]") { play(collection()); }
TEST_CASE("a key rotation that is killed anywhere locks nobody out", "[crash]") { play(rotation()); }
TEST_CASE("a key destruction that is killed anywhere is finished by the next", "[crash]") { play(destruction()); }
TEST_CASE("a rebuild that is killed anywhere is finished by the next", "[crash]") { play(rebuilding()); }
TEST_CASE("a repair that is killed anywhere is finished by the next", "[crash]") { play(repairing()); }
TEST_CASE("a pin that is killed anywhere is made by running it again, and outlives the catalog", "[crash]") { play(pinning()); }
TEST_CASE("an unpin that is killed anywhere leaves the point pinned", "[crash]") { play(unpinning()); }
