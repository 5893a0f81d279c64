// Killed at every step of the runbooks for the great disasters and for planned changes: the run resumes, the live database is
// always the old one or the new one and never a mixture, and what was there before is still there.
#include <algorithm>
#include <fstream>

#include "engine/base/time.hpp"
#include "tests/crash/scenario.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

// Kept small: the story of each runbook is played once for every one of its steps and each of these.
const std::vector<std::string_view> kEveryStep{"run.intent.after", "run.effect.after", "run.result.after"};

std::vector<std::string_view> with(std::vector<std::string_view> points, const std::vector<std::string_view>& more) {
    points.insert(points.end(), more.begin(), more.end());
    return points;
}

const std::vector<std::string_view> kSwap{"sqlite.swap.record.after", "sqlite.swap.stage.after", "sqlite.swap.side.after",
                                          "sqlite.swap.exchange.before", "sqlite.swap.exchange.after"};
const std::vector<std::string_view> kSwapBack{"sqlite.swap_back.side.after", "sqlite.swap_back.exchange.before", "sqlite.swap_back.exchange.after",
                                              "sqlite.swap_back.old_side.after"};

ShopOptions with_application() {
    return {.orders = 200,
            .offsite = false,
            .application = "{ stop: [\"true\"], start: [\"true\"], repoint: [\"true\"], probe: { sql: \"select count(*) > 0 from orders\" } }",
            .backups = "{ full: { every: 24h }, incremental: { every: 6h } }"};
}

// Where runs are looked for: the shop's policy, or the store alone.
struct Runs {
    std::vector<std::string> from = {};

    std::vector<std::string> command(std::vector<std::string> words) const {
        words.insert(words.end(), from.begin(), from.end());
        return words;
    }
    std::vector<std::vector<std::string>> all(const Shop& shop, const CommandOptions& options) const {
        return json_rows(shop.must(command({"runs", "list", "--format", "json"}), options), "$.runs", {"$.id", "$.state"});
    }
    // What a person types until the run is over. A step that cannot be known to have happened is done again: these commands may be.
    void go_on(const Shop& shop, const std::vector<std::string>& start, const CommandOptions& options) const {
        if (all(shop, options).empty()) shop.must(start, options);
        for (int tries = 0; tries < 4; ++tries) {
            const auto run = all(shop, options).at(0);
            if (run[1] == "done") break;
            const ProcessResult resumed = shop.run(command({"runs", "resume", run[0], "--yes"}), options);
            INFO(resumed.output << resumed.errors);
            CHECK((resumed.exit_status == 0 || resumed.exit_status == 5));
            if (resumed.exit_status == 5) shop.must(command({"runs", "resolve", run[0], "--step", step_in_doubt(resumed.errors + resumed.output), "--as", "again"}), options);
        }
        CHECK(all(shop, options).at(0).at(1) == "done");
        CHECK(all(shop, options).size() == 1);
    }
    void undo(const Shop& shop, const CommandOptions& options) const {
        const auto run = all(shop, options).at(0);
        if (run[1] != "undone") {
            const ProcessResult undone = shop.run(command({"runs", "undo", run[0], "--yes"}), options);
            INFO(undone.output << undone.errors);
            if (undone.exit_status == 5) {
                shop.must(command({"runs", "resolve", run[0], "--step", step_in_doubt(undone.errors + undone.output), "--as", "again"}), options);
                shop.must(command({"runs", "undo", run[0], "--yes"}), options);
            }
        }
        CHECK(all(shop, options).at(0).at(1) == "undone");
    }

private:
    static std::string step_in_doubt(const std::string& said) {
        const std::size_t at = said.find("--step ");
        return at == std::string::npos ? "0" : said.substr(at + 7, said.find(' ', at + 7) - at - 7);
    }
};

std::string in(std::chrono::minutes later) { return to_rfc3339(std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now() + later)); }

std::vector<fs::path> beside(const Shop& shop, const std::string& part) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(shop.folder())) {
        const std::string name = entry.path().filename().string();
        if (name.find(part) != std::string::npos && !name.ends_with("-journal")) found.push_back(entry.path());
    }
    return found;
}

int points_of_kind(const Shop& shop, const std::string& kind, const CommandOptions& options) {
    int count = 0;
    for (const auto& row : json_rows(shop.must({"catalog", "list", "--format", "json"}, options), "$.points", {"$.kind"})) count += row[0] == kind ? 1 : 0;
    return count;
}

// ---- corruption ----

struct Corruption {
    struct Story {
        std::string damaged, sound;
    };
    std::shared_ptr<Story> story = std::make_shared<Story>();

    void operator()(Shop& shop) const {
        shop.must({"tick"});
        story->sound = shop.content();
        const std::string root = shop.answer("select rootpage from sqlite_schema where name = 'orders'");
        std::fstream file(shop.database(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp((std::stol(root) - 1) * 4096);
        file << std::string(4096, '\0');
        file.close();
        // What a database in journal mode persist leaves beside it: it must never meet the new file.
        std::ofstream(shop.database().string() + "-journal") << std::string(512, '\0');
        story->damaged = bytes_of_file(shop.database());
    }
    static std::vector<std::string> command() { return {"run", "corruption", "--yes"}; }

    void look(const Shop& shop) const {
        if (bytes_of_file(shop.database()) == story->damaged) return;
        CHECK((shop.content() == story->sound));
        CHECK_FALSE(fs::exists(shop.database().string() + "-journal"));
    }
    void check_back(const Shop& shop) const {
        CHECK((bytes_of_file(shop.database()) == story->damaged));
        CHECK(fs::exists(shop.database().string() + "-journal"));
    }
};

Scenario corruption() {
    const Corruption disaster;
    return {.name = "corruption",
            .shop = with_application(),
            .prepare = disaster,
            .command = [](const Shop&) { return Corruption::command(); },
            .options = {.later = 15min},
            .points = with(kEveryStep, kSwap),
            .passages_max = 10,
            .after_kill = [disaster](const Shop& shop) { disaster.look(shop); },
            .finish = [disaster](const Shop& shop) {
                Runs().go_on(shop, Corruption::command(), {.later = 20min});
                CHECK((shop.content() == disaster.story->sound));
                REQUIRE(beside(shop, "shop.db.before-").size() == 1);
                CHECK((bytes_of_file(beside(shop, "shop.db.before-").front()) == disaster.story->damaged));
                CHECK(points_of_kind(shop, "raw", {.later = 25min}) == 1);
                check_whole(shop, {.later = 30min});
            }};
}

Scenario corruption_undone() {
    const Corruption disaster;
    return {.name = "corruption, undone",
            .shop = with_application(),
            .prepare =
                [disaster](Shop& shop) {
                    disaster(shop);
                    shop.must(Corruption::command(), {.later = 15min});
                    std::ofstream(shop.database().string() + "-journal") << std::string(512, '\0');
                },
            .command = [](const Shop& shop) { return std::vector<std::string>{"runs", "undo", Runs().all(shop, {.later = 20min}).at(0).at(0), "--yes"}; },
            .options = {.later = 20min},
            .points = with({"run.undo_intent.after", "run.undo_effect.after"}, kSwapBack),
            .passages_max = 4,
            .after_kill = [disaster](const Shop& shop) {
                if (bytes_of_file(shop.database()) != disaster.story->damaged) CHECK((shop.content() == disaster.story->sound));
            },
            .finish = [disaster](const Shop& shop) {
                Runs().undo(shop, {.later = 25min});
                disaster.check_back(shop);
                CHECK(beside(shop, "shop.db.undone-").size() == 1);
            }};
}

// ---- total failure ----

struct TotalFailure {
    std::shared_ptr<std::string> content = std::make_shared<std::string>();

    // The machine is gone: of all that there was the store is left.
    void operator()(Shop& shop) const {
        shop.must({"tick"});
        *content = shop.content();
        for (const fs::path& gone : {shop.database(), shop.folder() / "policies", shop.folder() / "runbooks", shop.state()}) fs::remove_all(gone);
    }
    static std::vector<std::string> from(const Shop& shop) { return {"--from", "file://" + shop.store().string()}; }
    static fs::path target(const Shop& shop) { return shop.folder() / "srv/new.db"; }
    static CommandOptions options(const Shop& shop, std::chrono::minutes later) {
        return {.later = later, .environment = {{"XDG_STATE_HOME", (shop.folder() / "xdg").string()}}};
    }
    static std::vector<std::string> command(const Shop& shop) {
        return Runs{from(shop)}.command({"run", "total-failure", "--database", "shop", "--to", target(shop).string(), "--yes"});
    }
};

Scenario total_failure() {
    const TotalFailure disaster;
    return {.name = "total-failure",
            .shop = with_application(),
            .prepare = disaster,
            .command = TotalFailure::command,
            .options_in = [](const Shop& shop) { return TotalFailure::options(shop, 15min); },
            .points = with(kEveryStep, {"recovery.restore.rename.before", "recovery.restore.rename.after"}),
            .passages_max = 10,
            .after_kill = [disaster](const Shop& shop) {
                if (fs::exists(TotalFailure::target(shop))) CHECK((Shop::content_of(TotalFailure::target(shop)) == *disaster.content));
            },
            .finish = [disaster](const Shop& shop) {
                Runs{TotalFailure::from(shop)}.go_on(shop, TotalFailure::command(shop), TotalFailure::options(shop, 20min));
                CHECK((Shop::content_of(TotalFailure::target(shop)) == *disaster.content));
                CHECK_FALSE(fs::exists(shop.folder() / "policies"));
            }};
}

// ---- point-in-time ----

struct Mistake {
    struct Story {
        std::string then, now, moment;
    };
    std::shared_ptr<Story> story = std::make_shared<Story>();

    void operator()(Shop& shop) const {
        shop.must({"tick"});
        story->then = shop.content();
        story->moment = in(5min);
        shop.sql("update orders set note = 'overwritten'; delete from items where orders > 100; create table wrong (a, b)");
        story->now = shop.content();
    }
    void look(const Shop& shop) const {
        const std::string content = shop.content();
        CHECK((content == story->then || content == story->now));
    }
};

Scenario point_in_time() {
    const Mistake mistake;
    const auto command = [mistake](const Shop&) { return std::vector<std::string>{"run", "point-in-time", "--before", mistake.story->moment, "--yes"}; };
    return {.name = "point-in-time",
            .shop = with_application(),
            .prepare = mistake,
            .command = command,
            .options = {.later = 15min},
            .points = with(kEveryStep, {"sqlite.swap.stage.after", "sqlite.swap.exchange.before", "sqlite.swap.exchange.after"}),
            .passages_max = 12,
            .after_kill = [mistake](const Shop& shop) { mistake.look(shop); },
            .finish = [mistake, command](const Shop& shop) {
                Runs().go_on(shop, command(shop), {.later = 20min});
                CHECK((shop.content() == mistake.story->then));
                check_whole(shop, {.later = 30min});
                Runs().undo(shop, {.later = 40min});
                CHECK((shop.content() == mistake.story->now));
            }};
}

// ---- selective restore ----

Scenario selective_restore() {
    const Mistake mistake;
    const auto command = [mistake](const Shop&) {
        return std::vector<std::string>{"run", "selective-restore", "--before", mistake.story->moment, "--table", "orders", "--where", "id between 10 and 20",
                                        "--conflicts", "take-old", "--yes"};
    };
    const auto set_back = [](const Shop& shop) { return shop.answer("select count(*) from orders where note <> 'overwritten'"); };
    return {.name = "selective-restore",
            .shop = with_application(),
            .prepare = mistake,
            .command = command,
            .options = {.later = 15min},
            .points = kEveryStep,
            .passages_max = 10,
            .after_kill =
                [set_back](const Shop& shop) {
                    const std::string rows = set_back(shop);
                    CHECK((rows == "0" || rows == "11"));
                },
            .finish = [command, set_back, mistake](const Shop& shop) {
                Runs().go_on(shop, command(shop), {.later = 20min});
                CHECK(set_back(shop) == "11");
                check_whole(shop, {.later = 30min});
                Runs().undo(shop, {.later = 40min});
                CHECK((shop.content() == mistake.story->now));
            }};
}

Scenario extracting() {
    const Mistake mistake;
    const auto target = [](const Shop& shop) { return shop.folder() / "out/rows.db"; };
    const auto command = [mistake, target](const Shop& shop) {
        return std::vector<std::string>{"run", "selective-restore", "--before", mistake.story->moment, "--table", "items", "--where", "orders between 100 and 120",
                                        "--to", target(shop).string(), "--yes"};
    };
    return {.name = "selective-restore into a file",
            .shop = with_application(),
            .prepare = mistake,
            .command = command,
            .options = {.later = 15min},
            .points = with(kEveryStep, {"recovery.extract.rename.before", "recovery.extract.rename.after"}),
            .passages_max = 6,
            .after_kill = [mistake](const Shop& shop) { CHECK((shop.content() == mistake.story->now)); },
            .finish = [command, target, mistake](const Shop& shop) {
                Runs().go_on(shop, command(shop), {.later = 20min});
                CHECK((shop.content() == mistake.story->now));
                const std::string rows = Shop::content_of(target(shop));
                CHECK(std::ranges::count(rows, '\n') == 43);   // The table's name and two lines for each of 21 orders.
                Runs().undo(shop, {.later = 40min});
                CHECK_FALSE(fs::exists(target(shop)));
            }};
}

// ---- before a migration ----

struct Migration {
    struct Story {
        std::string before, after;
    };
    std::shared_ptr<Story> story = std::make_shared<Story>();

    void operator()(Shop& shop) const {
        shop.must({"tick"});
        std::ofstream(shop.folder() / "migrate.py") << "import sqlite3, sys\n"
                                                       "db = sqlite3.connect(sys.argv[1])\n"
                                                       "db.execute('create table if not exists migrated (a, b)')\n"
                                                       "db.execute(\"update orders set note = 'migrated'\")\n"
                                                       "db.commit()\n";
        story->before = shop.content();
        shop.sql("create table migrated (a, b)");
        shop.sql("update orders set note = 'migrated'");
        story->after = shop.content();
        shop.sql("drop table migrated");
        shop.sql("update orders set note = 'as it was before' || id");
        story->before = shop.content();
    }
    static std::vector<std::string> command(const Shop& shop) {
        return {"run", "before-migration", "--command", "python3 " + (shop.folder() / "migrate.py").string() + " {path}", "--yes"};
    }
};

Scenario before_migration() {
    const Migration migration;
    return {.name = "before-migration",
            .shop = with_application(),
            .prepare = migration,
            .command = Migration::command,
            .options = {.later = 15min},
            .points = kEveryStep,
            .passages_max = 12,
            .after_kill =
                [migration](const Shop& shop) {
                    const std::string content = shop.content();
                    CHECK((content == migration.story->before || content == migration.story->after));
                },
            .finish = [migration](const Shop& shop) {
                Runs().go_on(shop, Migration::command(shop), {.later = 20min});
                CHECK((shop.content() == migration.story->after));
                check_whole(shop, {.later = 30min});
                Runs().undo(shop, {.later = 40min});
                CHECK((shop.content() == migration.story->before));
            }};
}

// The migration went wrong half way: what it did is taken back from the backup, killed anywhere.
Scenario migration_undone() {
    const Migration migration;
    return {.name = "before-migration, undone",
            .shop = with_application(),
            .prepare =
                [migration](Shop& shop) {
                    migration(shop);
                    shop.must(Migration::command(shop), {.later = 15min});
                },
            .command = [](const Shop& shop) { return std::vector<std::string>{"runs", "undo", Runs().all(shop, {.later = 20min}).at(0).at(0), "--yes"}; },
            .options = {.later = 20min},
            .points = with({"run.undo_intent.after", "run.undo_effect.after"}, {"sqlite.swap.stage.after", "sqlite.swap.exchange.before", "sqlite.swap.exchange.after"}),
            .passages_max = 4,
            .after_kill =
                [migration](const Shop& shop) {
                    const std::string content = shop.content();
                    CHECK((content == migration.story->before || content == migration.story->after));
                },
            .finish = [migration](const Shop& shop) {
                Runs().undo(shop, {.later = 25min});
                CHECK((shop.content() == migration.story->before));
            }};
}

}  // namespace

std::vector<Scenario> holdfast::disaster_scenarios() {
    return {corruption(), corruption_undone(), total_failure(), point_in_time(), selective_restore(), extracting(), before_migration(), migration_undone()};
}

TEST_CASE("corruption that is killed anywhere resumes and never mixes old and new files", "[crash]") { play(corruption()); }
TEST_CASE("a swap that is taken back and killed anywhere ends with the old files", "[crash]") { play(corruption_undone()); }
TEST_CASE("total-failure that is killed anywhere is resumed from the store and the key alone", "[crash]") { play(total_failure()); }
TEST_CASE("point-in-time that is killed anywhere ends in the state of then, and can be undone", "[crash]") { play(point_in_time()); }
TEST_CASE("selective-restore that is killed anywhere sets back what was asked for, once", "[crash]") { play(selective_restore()); }
TEST_CASE("rows that are written to a file are there whole or not at all", "[crash]") { play(extracting()); }
TEST_CASE("before-migration that is killed anywhere ends migrated, and can go back", "[crash]") { play(before_migration()); }
TEST_CASE("a way back from a migration that is killed anywhere arrives", "[crash]") { play(migration_undone()); }
