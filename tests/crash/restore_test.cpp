// Killed while restoring: the target is as before, whole, or plainly unfinished; never wrong under its name.
#include <filesystem>
#include <fstream>

#include <memory>

#include "tests/crash/scenario.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// One full backup; the database has changed since.
struct Changed {
    std::shared_ptr<Witness> witness = std::make_shared<Witness>();

    void operator()(Shop& shop) const {
        shop.must({"tick"});
        *witness = Witness(shop);
        shop.sql("update orders set note = 'changed' where id % 10 = 0");
        std::filesystem::copy_file(shop.database(), shop.folder() / "beside.db");
    }
};

std::vector<std::string> restore_beside(const Shop& shop, bool delta) {
    std::vector<std::string> command{"restore", "shop", "--to", (shop.folder() / (delta ? "beside.db" : "new.db")).string()};
    if (delta) command.insert(command.end(), {"--delta", "--yes"});
    return command;
}

Scenario restoring() {
    const Changed changed;
    return {.name = "restore",
            .prepare = changed,
            .command = [](const Shop& shop) { return restore_beside(shop, false); },
            .points = {"recovery.restore.rename.before", "recovery.restore.rename.after", "sqlite.finish_restore.before",
                       "sqlite.finish_restore.after"},
            .after_kill =
                [changed](const Shop& shop) {
                    const auto target = shop.folder() / "new.db";
                    if (std::filesystem::exists(target)) CHECK((bytes_of_file(target) == changed.witness->bytes_of_only_point()));
                    changed.witness->check(shop);
                },
            .finish = [changed](const Shop& shop) {
                std::filesystem::remove(shop.folder() / "new.db");
                shop.must(restore_beside(shop, false), {.later = 10min});
                CHECK((bytes_of_file(shop.folder() / "new.db") == changed.witness->bytes_of_only_point()));
            }};
}

// A drill that is killed has touched nothing real, and the next one does not mind what it left.
Scenario drilling() {
    const Changed changed;
    const auto live = [](const Shop& shop) { return bytes_of_file(shop.database()); };
    const auto before = std::make_shared<std::string>();
    return {.name = "drill",
            .prepare =
                [changed, before, live](Shop& shop) {
                    changed(shop);
                    *before = live(shop);
                },
            .command = [](const Shop&) { return std::vector<std::string>{"drill", "total-failure", "--database", "shop"}; },
            .points = {"recovery.restore.rename.before", "recovery.restore.rename.after", "run.effect.after", "job.rebuild.after", "job.backup.commit.after"},
            .after_kill =
                [before, live](const Shop& shop) {
                    CHECK((live(shop) == *before));
                    CHECK_FALSE(shop.must({"drill", "history"}).find("FAILED") != std::string::npos);
                },
            .finish = [changed, before, live](const Shop& shop) {
                shop.must({"drill", "total-failure", "--database", "shop"}, {.later = 10min});
                CHECK((live(shop) == *before));
                changed.witness->check(shop, {}, {.later = 10min});
            }};
}

Scenario delta_restoring() {
    const Changed changed;
    return {.name = "restore with delta",
            .prepare = changed,
            .command = [](const Shop& shop) { return restore_beside(shop, true); },
            .points = {"recovery.restore.delta.before", "recovery.restore.delta.after"},
            .finish = [changed](const Shop& shop) {
                shop.must(restore_beside(shop, true), {.later = 10min});
                CHECK((bytes_of_file(shop.folder() / "beside.db") == changed.witness->bytes_of_only_point()));
                changed.witness->check(shop);
            }};
}

// Files that were kept as they were found, with a journal beside the database.
Scenario raw_restoring() {
    static constexpr const char* kKeeping = R"(return runbook {
  name = "keeping", purpose = "Keep the files as they are", params = { database = param.database { help = "which" } },
  run = function(a)
    step("keep the files", backup.raw { of = a.database })
    return done {}
  end,
}
)";
    const auto bytes = std::make_shared<std::string>();
    const auto command = [](const Shop& shop) {
        return std::vector<std::string>{"restore", "shop", "--point", Witness::point_ids(shop).at(0), "--to", (shop.folder() / "new.db").string()};
    };
    return {.name = "restore of files as they were found",
            .prepare =
                [bytes](Shop& shop) {
                    std::ofstream(shop.folder() / "runbooks/keeping.lua") << kKeeping;
                    std::ofstream(shop.database().string() + "-journal") << std::string(512, '\0');
                    *bytes = bytes_of_file(shop.database());
                    shop.must({"run", "keeping", "--yes"});
                },
            .command = command,
            .points = {"recovery.restore.raw.before"},
            .after_kill = [](const Shop& shop) { CHECK_FALSE(std::filesystem::exists(shop.folder() / "new.db")); },
            .finish = [bytes, command](const Shop& shop) {
                std::filesystem::remove(shop.folder() / "new.db-journal");   // As the refusal says.
                shop.must(command(shop), {.later = 10min});
                CHECK((bytes_of_file(shop.folder() / "new.db") == *bytes));
                CHECK(bytes_of_file(shop.folder() / "new.db-journal") == std::string(512, '\0'));
            }};
}

}  // namespace

std::vector<Scenario> holdfast::restore_scenarios() { return {restoring(), delta_restoring(), raw_restoring(), drilling()}; }

TEST_CASE("a restore that is killed anywhere leaves nothing wrong under its name", "[crash]") { play(restoring()); }
TEST_CASE("files as they were found are restored with what lies beside them", "[crash]") { play(raw_restoring()); }
TEST_CASE("a delta restore that is killed anywhere is finished by the next", "[crash]") { play(delta_restoring()); }
TEST_CASE("a drill that is killed anywhere has touched nothing real", "[crash]") { play(drilling()); }
