// Killed while a log begins, is written, merged, copied or expires, or while a gap in it is closed: what it holds stays whole, and what
// comes next goes on.
#include <thread>

#include "tests/crash/scenario.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> log_now(const Shop&) { return {"backup", "now", "shop", "--log"}; }

// The newest state is what is live, whatever was killed before.
void check_newest(const Shop& shop, const CommandOptions& options) {
    const auto target = shop.scratch("newest.db");
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(target.string() + end);
    shop.must({"restore", "shop", "--to", target.string()}, options);
    CHECK(Shop::content_of(target) == shop.content());
}

void go_on(const Shop& shop) {
    shop.must(log_now(shop), {.later = 10min});
    shop.must(log_now(shop), {.later = 20min});
    check_newest(shop, {.later = 21min});
    check_whole(shop, {.later = 21min});
}

Scenario begin() {
    return {.name = "the begin of a log",
            .shop = {.wal = true},
            .command = log_now,
            .points = {"job.log.begin.before", "job.log.begin.after", "local_store.put.before", "local_store.put.after", "job.backup.commit.after",
                       "catalog.point.after"},
            .passages_max = 4,
            .finish = go_on};
}

Scenario gap() {
    return {.name = "a log backup after a gap",
            .shop = {.wal = true},
            .prepare =
                [](Shop& shop) {
                    shop.must(log_now(shop));
                    // The last program that closes the database takes its log away.
                    shop.sql("update orders set note = 'changed' where id % 7 = 0");
                },
            .command = log_now,
            .options = {.later = 5min},
            .points = {"job.log.begin.before", "job.log.begin.after", "local_store.put.before", "local_store.put.after"},
            .passages_max = 6,
            .finish = go_on};
}

ShopOptions long_memory(bool offsite = false) {
    return {.wal = true,
            .offsite = offsite,
            .retention = "{ daily: 30d, at_least: 2, any_second: 2d }",
            .backups = "{ full: { every: 7d }, incremental: { every: 24h }, log: continuous }"};
}

// Follows the database while another program commits so many transactions, one after the other.
std::vector<std::string> follow_commits(const Shop& shop, int count) {
    const std::string once = "sqlite3 '" + shop.database().string() + "' \"update orders set note = 'number $i' where id = $i\" || exit 1; sleep 0.03; ";
    return {"exec", "shop", "--", "sh", "-c", "i=0; while [ $i -lt " + std::to_string(count) + " ]; do i=$((i + 1)); " + once + "done"};
}

Scenario writing() {
    return {.name = "a log that is written",
            .shop = long_memory(),
            .prepare = [](Shop& shop) { shop.must(log_now(shop)); },
            .command = [](const Shop& shop) { return follow_commits(shop, 4); },
            .options = {.later = 5min},
            .points = {"repository.log.put.before", "repository.log.put.after"},
            .passages_max = 3,
            // What the program runs goes on by itself.
            .after_kill = [](const Shop&) { std::this_thread::sleep_for(600ms); },
            .finish = go_on};
}

// A stream of many small pieces, which the next log backup merges, and copies to the other store.
Scenario caring() {
    return {.name = "a log that is merged and copied",
            .shop = long_memory(true),
            .prepare =
                [](Shop& shop) {
                    shop.must(log_now(shop));
                    shop.must(follow_commits(shop, 12), {.later = 5min});
                },
            .command = log_now,
            .options = {.later = 8min},
            .points = {"repository.log.merge.before", "repository.log.merge.after", "repository.log.copy.before", "repository.log.copy.after",
                       "local_store.remove.before", "local_store.remove.after"},
            .passages_max = 2,
            .finish = go_on};
}

Scenario expiring() {
    return {.name = "a log that expires",
            .shop = long_memory(),
            .prepare =
                [](Shop& shop) {
                    shop.must(follow_commits(shop, 2));
                    shop.sql("update orders set note = 'behind the gap' where id = 3");
                    shop.must(log_now(shop), {.later = 10min});
                    shop.must({"backup", "now", "shop", "--full"}, {.later = 4 * 24h});
                    shop.must(log_now(shop), {.later = 4 * 24h + 1min});
                },
            .command = [](const Shop&) { return std::vector<std::string>{"expire", "--yes"}; },
            .options = {.later = 10 * 24h},
            .points = {"repository.log.forget.before", "repository.log.forget.after", "local_store.remove.before", "local_store.remove.after"},
            .passages_max = 3,
            .finish = [](const Shop& shop) {
                shop.must({"expire", "--yes"}, {.later = 10 * 24h + 1h});
                check_newest(shop, {.later = 10 * 24h + 2h});
                check_whole(shop, {.later = 10 * 24h + 2h});
            }};
}

}  // namespace

std::vector<Scenario> holdfast::log_scenarios() { return {begin(), gap(), writing(), caring(), expiring()}; }

TEST_CASE("a log whose begin is killed anywhere begins with the next log backup", "[crash][log]") { play(begin()); }
TEST_CASE("a gap that is being closed when the program is killed is closed by the next log backup", "[crash][log]") { play(gap()); }
TEST_CASE("a log whose writer is killed anywhere is whole, and the next log backup has what it lacks", "[crash][log]") { play(writing()); }
TEST_CASE("a log whose merging or copying is killed anywhere loses nothing", "[crash][log]") { play(caring()); }
TEST_CASE("an expiry of a log that is killed anywhere keeps what is to stay", "[crash][log]") { play(expiring()); }
