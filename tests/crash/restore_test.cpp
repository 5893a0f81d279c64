// Killed while restoring: the target is as before, whole, or plainly unfinished; never wrong under its name.
#include <filesystem>

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

}  // namespace

std::vector<Scenario> holdfast::restore_scenarios() { return {restoring(), delta_restoring()}; }

TEST_CASE("a restore that is killed anywhere leaves nothing wrong under its name", "[crash]") { play(restoring()); }
TEST_CASE("a delta restore that is killed anywhere is finished by the next", "[crash]") { play(delta_restoring()); }
