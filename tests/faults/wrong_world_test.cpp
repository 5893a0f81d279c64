// A wrong key, a clock that was set back or forward, two processes at once.
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "tests/support/workshop.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

constexpr const char* kOtherKey = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

struct Listed { std::string id, slot; };

std::vector<Listed> points_of(const Shop& shop, const CommandOptions& options = {}) {
    std::vector<Listed> points;
    for (const auto& row : json_rows(shop.must({"catalog", "list", "--format", "json"}, options), "$.points", {"$.id", "$.provenance.slot"})) {
        points.push_back({.id = row[0], .slot = row[1]});
    }
    return points;
}

std::map<std::string, std::string> content_of_folder(const fs::path& folder) {
    std::map<std::string, std::string> content;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) content[entry.path().string()] = bytes_of_file(entry.path());
    }
    return content;
}

// Runs the same command in several processes that begin together.
std::vector<ProcessResult> at_once(const Shop& shop, const std::vector<std::string>& command, int processes, const CommandOptions& options) {
    std::vector<ProcessResult> results(static_cast<std::size_t>(processes));
    std::vector<std::jthread> threads;
    for (ProcessResult& result : results) threads.emplace_back([&] { result = shop.run(command, options); });
    threads.clear();
    return results;
}

}  // namespace

TEST_CASE("a wrong key is called so and changes nothing in the store", "[faults]") {
    const Shop shop({.offsite = false});
    shop.must({"backup", "now", "shop", "--full"});
    const auto before = content_of_folder(shop.store());
    const CommandOptions wrong{.environment = {{"BACKUP_ENCRYPTION_KEY", kOtherKey}}};
    const std::vector<std::vector<std::string>> commands{{"backup", "now", "shop", "--full"},
                                                         {"catalog", "verify"},
                                                         {"restore", "shop", "--to", shop.scratch("restored.db").string()},
                                                         {"keys", "rotate", "--key", "env:BACKUP_ENCRYPTION_KEY"}};
    for (const auto& command : commands) {
        const ProcessResult result = shop.run(command, wrong);
        INFO(command[0] << ": " << result.exit_status << "\n" << result.output << result.errors);
        CHECK(result.exit_status == 77);
        CHECK(result.errors.find(kOtherKey) == std::string::npos);
        CHECK(result.output.find(kOtherKey) == std::string::npos);
    }
    CHECK_FALSE(fs::exists(shop.scratch("restored.db")));
    CHECK(content_of_folder(shop.store()) == before);
}

TEST_CASE("a key that is missing is asked for by its name", "[faults]") {
    const Shop shop({.offsite = false});
    const ProcessResult result = shop.run({"backup", "now", "shop", "--full"}, {.environment = {{"BACKUP_ENCRYPTION_KEY", ""}}});
    INFO(result.output << result.errors);
    CHECK(result.exit_status == 77);
    CHECK(result.errors.find("BACKUP_ENCRYPTION_KEY") != std::string::npos);
}

TEST_CASE("no secret stands in a store or in the state in clear", "[faults]") {
    const Shop shop({.offsite = false});
    shop.sql("insert into customers values (90077, 'very-secret-name-of-a-customer')");
    shop.must({"backup", "now", "shop", "--full"});
    const std::string key = "7b1f0c5e9a3d48662f4be0917cd85a3342d6f1897e0ba5c49d3871f65e2c0ab4";
    for (const fs::path& folder : {shop.store(), shop.state()}) {
        for (const auto& [path, bytes] : content_of_folder(folder)) {
            INFO(path);
            CHECK(bytes.find("very-secret-name") == std::string::npos);
            CHECK(bytes.find(key) == std::string::npos);
            CHECK((fs::status(path).permissions() & fs::perms(0077)) == fs::perms::none);
        }
    }
}

TEST_CASE("a clock that was set back expires nothing and stops no backup", "[faults]") {
    const Shop shop({.offsite = false, .retention = "{ daily: 2d, at_least: 1 }", .backups = "{ full: { every: 24h } }"});
    for (int day = 0; day < 3; ++day) shop.must({"tick"}, {.later = day * 24h});
    const std::size_t points = points_of(shop).size();
    CHECK(points >= 2);
    const CommandOptions a_year_ago{.later = -365 * 24h};
    shop.must({"expire", "--yes"}, a_year_ago);
    CHECK(points_of(shop).size() == points);
    const ProcessResult ticked = shop.run({"tick"}, a_year_ago);
    INFO(ticked.output << ticked.errors);
    CHECK(ticked.exit_status < 128);
    CHECK(points_of(shop).size() >= points);
    CHECK(shop.run({"catalog", "verify"}).exit_status == 0);
    CHECK(shop.run({"audit", "verify"}).exit_status == 0);
    // And with the right time again, everything goes on.
    shop.must({"tick"}, {.later = 4 * 24h});
    CHECK(points_of(shop, {.later = 4 * 24h}).size() >= 1);
}

TEST_CASE("a clock that was set far forward leaves the last good points", "[faults]") {
    const Shop shop({.offsite = false, .retention = "{ daily: 2d, at_least: 2 }", .backups = "{ full: { every: 24h } }"});
    for (int day = 0; day < 4; ++day) shop.must({"tick"}, {.later = day * 24h});
    const CommandOptions in_ten_years{.later = 3650 * 24h};
    shop.must({"expire", "--yes"}, in_ten_years);
    shop.must({"expire", "--yes"}, {.later = 3700 * 24h});
    CHECK(points_of(shop).size() == 2);
    CHECK(shop.run({"catalog", "verify"}).exit_status == 0);
    shop.must({"restore", "shop", "--to", shop.scratch("restored.db").string()});
    CHECK((bytes_of_file(shop.scratch("restored.db")) == bytes_of_file(shop.database())));
}

TEST_CASE("processes that tick at once run one slot once", "[faults]") {
    const Shop shop;
    for (const ProcessResult& result : at_once(shop, {"tick"}, 4, {})) {
        INFO(result.exit_status << result.output << result.errors);
        CHECK((result.exit_status == 0 || result.exit_status == 75));
    }
    std::map<std::string, int> by_slot;
    for (const Listed& point : points_of(shop)) ++by_slot[point.slot];
    CHECK_FALSE(by_slot.empty());
    for (const auto& [slot, count] : by_slot) {
        INFO("slot " << slot);
        CHECK(count == 1);
    }
    shop.must({"tick"}, {.later = 10min});
    CHECK(shop.run({"catalog", "verify"}, {.later = 10min}).exit_status == 0);
    CHECK(shop.run({"audit", "verify"}, {.later = 10min}).exit_status == 0);
}

TEST_CASE("processes that back up, expire and verify one repository at once do no harm", "[faults]") {
    const Shop shop({.offsite = false, .retention = "{ daily: 2d, at_least: 2 }"});
    for (int day = 0; day < 4; ++day) shop.must({"backup", "now", "shop", "--full"}, {.later = day * 24h});
    const CommandOptions later{.later = 30 * 24h};
    for (int round = 0; round < 4; ++round) {
        std::vector<ProcessResult> results(3);
        {
            std::vector<std::jthread> threads;
            const std::vector<std::vector<std::string>> commands{
                {"backup", "now", "shop", round % 2 == 0 ? "--full" : "--incremental"}, {"expire", "--yes"}, {"catalog", "verify"}};
            for (std::size_t at = 0; at < commands.size(); ++at) {
                threads.emplace_back([&, at, command = commands[at]] { results[at] = shop.run(command, later); });
            }
        }
        for (const ProcessResult& result : results) {
            INFO(result.exit_status << result.output << result.errors);
            // 1: an expiry that says what it left alone because a backup was at work.
            CHECK((result.exit_status == 0 || result.exit_status == 75 || result.exit_status == 1));
        }
    }
    CHECK(shop.run({"catalog", "verify"}, later).exit_status == 0);
    for (const Listed& point : points_of(shop, later)) {
        fs::remove(shop.scratch("restored.db"));
        shop.must({"restore", "shop", "--point", point.id, "--to", shop.scratch("restored.db").string()}, later);
    }
}

TEST_CASE("two installations with one store never remove what the other needs", "[faults]") {
    // The second has a state folder of its own, as another machine would.
    const Shop shop({.offsite = false, .retention = "{ daily: 2d, at_least: 2 }"});
    shop.must({"backup", "now", "shop", "--full"});
    fs::rename(shop.state(), shop.scratch("state-of-one"));
    shop.must({"catalog", "rebuild"});
    shop.sql("update orders set note = 'other machine'");
    shop.must({"backup", "now", "shop", "--incremental"});
    fs::rename(shop.state(), shop.scratch("state-of-other"));
    fs::rename(shop.scratch("state-of-one"), shop.state());
    // The first does not know the second's point, expires and collects, twice over the grace period.
    shop.must({"expire", "--yes"}, {.later = 20 * 24h});
    shop.must({"expire", "--yes"}, {.later = 40 * 24h});
    fs::remove_all(shop.state());
    fs::rename(shop.scratch("state-of-other"), shop.state());
    for (const Listed& point : points_of(shop)) {
        fs::remove(shop.scratch("restored.db"));
        shop.must({"restore", "shop", "--point", point.id, "--to", shop.scratch("restored.db").string()});
    }
    CHECK(shop.run({"catalog", "verify"}).exit_status == 0);
}
