// Killed while somebody is told what is wrong: nothing is lost, and what is told twice carries one id.
#include <filesystem>
#include <fstream>

#include "tests/crash/scenario.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

std::filesystem::path paged(const Shop& shop) { return shop.scratch("paged"); }

std::set<std::string> lines_of(const std::filesystem::path& file) {
    std::set<std::string> lines;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lines.insert(line);
    return lines;
}

// The shop's database is away, and a program notes each message's id.
void begin_trouble(Shop& shop) {
    const auto script = shop.scratch("page.sh");
    std::ofstream(script) << "#!/bin/sh\necho \"$1 $2\" >> " << paged(shop).string() << "\n";
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    std::ofstream(shop.folder() / "policies" / "notify.yaml") << "version: 1\nnotify:\n  on-call: { command: [\"" << script.string() << "\", \"{state}\", \"{id}\"], on: [backup_failed] }\n";
    shop.must({"tick"});
    std::filesystem::rename(shop.database(), shop.folder() / "gone.db");
}

Scenario telling() {
    return {.name = "tell",
            .shop = {.backups = "{ full: { every: 24h } }"},
            .prepare = begin_trouble,
            .command = [](const Shop& shop) {
                std::filesystem::remove(paged(shop));
                return std::vector<std::string>{"tick"};
            },
            .options = {.later = 25h},
            .points = {"catalog.notices.before", "catalog.notices.after", "catalog.notice_sent.before", "catalog.notice_sent.after"},
            .passages_max = 1,
            .finish = [](const Shop& shop) {
                shop.run({"tick"}, {.later = 25h + 1min});
                shop.run({"tick"}, {.later = 25h + 2min});
                // At least once, and each time as the same message.
                const auto told = lines_of(paged(shop));
                CHECK(told.size() == 1);
                CHECK(told.begin()->starts_with("trouble "));
                std::filesystem::rename(shop.folder() / "gone.db", shop.database());
                shop.must({"tick"}, {.later = 49h});
                CHECK(lines_of(paged(shop)).size() == 2);
                check_whole(shop, {.later = 49h});
            }};
}

}  // namespace

std::vector<Scenario> holdfast::notify_scenarios() { return {telling()}; }

TEST_CASE("killed while telling, the next tick tells it under the same id", "[crash][notices]") { play(telling()); }
