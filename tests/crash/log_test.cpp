// Killed while a log begins or a gap in it is closed: what the log holds stays whole, and what comes next goes on.
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

}  // namespace

std::vector<Scenario> holdfast::log_scenarios() { return {begin(), gap()}; }

TEST_CASE("a log whose begin is killed anywhere begins with the next log backup", "[crash][log]") { play(begin()); }
TEST_CASE("a gap that is being closed when the program is killed is closed by the next log backup", "[crash][log]") { play(gap()); }
