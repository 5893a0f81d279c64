// Killed while backing up or copying: a point is listed and whole, or not there; in the end every slot
// has run once.
#include "tests/crash/scenario.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> tick(const Shop&) { return {"tick"}; }
std::vector<std::string> incremental(const Shop&) { return {"backup", "now", "shop", "--incremental", "--why", "by hand"}; }

// The next tick does what is missing, the one after it nothing at all.
void tick_until_done(const Shop& shop) {
    shop.must({"tick"}, {.later = 10min});
    const auto rows = json_rows(shop.must({"catalog", "list", "--format", "json"}), "$.points", {"$.id", "$.provenance.slot", "$.copies"});
    std::map<std::string, int> points_of_slot;
    for (const auto& row : rows) {
        ++points_of_slot[row[1]];
        INFO("copies of " << row[0] << ": " << row[2]);
        CHECK(row[2].find("local") != std::string::npos);
        CHECK(row[2].find("offsite") != std::string::npos);
    }
    for (const auto& [slot, count] : points_of_slot) {
        INFO("slot " << slot);
        CHECK(count == 1);
    }
    shop.must({"tick"}, {.later = 12min});
    CHECK(Witness::point_ids(shop).size() == rows.size());
    check_whole(shop, {.later = 13min});
}

void one_whole_point(const Shop& shop) {
    const Witness now(shop);
    now.check(shop);
    now.check_live(shop);
    CHECK(now.ids().size() == 1);
}

// A shop with one full backup, changed since; what was there then is kept in `witness`.
struct Backed {
    std::shared_ptr<Witness> witness = std::make_shared<Witness>();

    void operator()(Shop& shop) const {
        shop.must({"tick"});
        *witness = Witness(shop);
        shop.sql("update orders set note = 'changed' where id % 10 = 0");
        witness->look_at_live(shop);
    }
};

Scenario first_tick() {
    return {.name = "the first tick of all",
            .command = tick,
            .points = {"catalog.upgrade.before", "catalog.upgrade.after", "catalog.claim.before", "catalog.claim.after",
                       "local_store.put.before", "local_store.put.after", "repository.pack.before", "repository.pack.after",
                       "repository.index.before", "repository.index.after", "repository.point.before", "repository.point.after",
                       "job.backup.commit.before", "job.backup.commit.after", "catalog.point.before", "catalog.point.after",
                       "job.check.before", "job.check.after", "catalog.finish.before", "catalog.finish.after",
                       "job.copy.before", "job.copy.after", "catalog.audit.before", "catalog.audit.after",
                       "catalog.audit_head.before", "catalog.audit_head.after", "repository.key.data.before",
                       "repository.key.data.after", "repository.cache.before", "repository.cache.after",
                       "repository.create.before", "repository.create.after", "repository.key.create.before",
                       "repository.key.create.after"},
            .passages_max = 12,
            .after_kill = [](const Shop& shop) { Witness(shop).check(shop); },
            .finish = [](const Shop& shop) {
                tick_until_done(shop);
                one_whole_point(shop);
            }};
}

Scenario second_tick() {
    const Backed backed;
    return {.name = "a tick that makes an incremental",
            .prepare = backed,
            .command = tick,
            .options = {.later = 25h},
            .points = {"catalog.claim.before", "catalog.claim.after", "local_store.put.before", "local_store.put.after",
                       "repository.pack.before", "repository.pack.after", "repository.index.before", "repository.index.after",
                       "repository.point.before", "repository.point.after", "job.backup.commit.before",
                       "job.backup.commit.after", "catalog.point.before", "catalog.point.after", "catalog.finish.before",
                       "catalog.finish.after", "job.copy.before", "job.copy.after"},
            .passages_max = 6,
            .after_kill = [backed](const Shop& shop) { backed.witness->check(shop, {}, {.later = 25h}); },
            .finish = [backed](const Shop& shop) {
                shop.must({"tick"}, {.later = 26h});
                shop.must({"tick"}, {.later = 26h + 5min});
                backed.witness->check(shop, {}, {.later = 26h});
                check_whole(shop, {.later = 26h});
            }};
}

Scenario by_hand() {
    const Backed backed;
    return {.name = "a backup by hand",
            .prepare = backed,
            .command = incremental,
            .points = {"local_store.put.before", "local_store.put.after", "repository.pack.before", "repository.pack.after",
                       "repository.index.before", "repository.index.after", "repository.point.before", "repository.point.after",
                       "job.backup.commit.before", "job.backup.commit.after", "catalog.point.before", "catalog.point.after",
                       "catalog.audit.before", "catalog.audit.after"},
            .passages_max = 6,
            .after_kill = [backed](const Shop& shop) { backed.witness->check(shop); },
            .finish = [backed](const Shop& shop) {
                shop.must(incremental(shop), {.later = 10min});
                backed.witness->check(shop);
                backed.witness->check_live(shop);
                check_whole(shop, {.later = 13min});
            }};
}

}  // namespace

std::vector<Scenario> holdfast::backup_scenarios() { return {first_tick(), second_tick(), by_hand()}; }

TEST_CASE("a first tick that is killed anywhere has run once in the end", "[crash]") { play(first_tick()); }
TEST_CASE("an incremental tick that is killed anywhere loses no point", "[crash]") { play(second_tick()); }
TEST_CASE("a backup by hand that is killed anywhere loses no point", "[crash]") { play(by_hand()); }
