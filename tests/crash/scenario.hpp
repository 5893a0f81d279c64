// One story of a killed program, told for every place at which it can be killed: prepare a shop once,
// run a command that dies at the n-th passage of a fault point, look at what is left, let a person do
// what comes next, look again.
#pragma once

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/workshop.hpp"

namespace holdfast {

// What must be true of a shop's recovery points, whatever was killed.
class Witness {
public:
    Witness() = default;
    // Restores every point that is listed now.
    explicit Witness(const Shop& shop, const CommandOptions& options = {}) {
        look_at_live(shop);
        for (const std::string& id : point_ids(shop, options)) points_[id] = restored(shop, id, options);
    }

    // What a point that is made from now on must hold: the database is still until it is looked at again.
    void look_at_live(const Shop& shop) { live_ = bytes_of_file(shop.database()); }

    static std::vector<std::string> point_ids(const Shop& shop, const CommandOptions& options = {}) {
        std::vector<std::string> ids;
        for (const auto& row : json_rows(shop.must({"catalog", "list", "--format", "json"}, options), "$.points", {"$.id"})) {
            ids.push_back(row[0]);
        }
        return ids;
    }
    static std::string restored(const Shop& shop, const std::string& id, const CommandOptions& options = {}) {
        const auto target = shop.scratch("restored.db");
        // Whoever has looked into the one before may have left a log beside it.
        for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(target.string() + end);
        shop.must({"restore", "shop", "--point", id, "--to", target.string()}, options);
        return bytes_of_file(target);
    }

    // Every listed point can be restored bit for bit; none is gone but those that `may_go`.
    void check(const Shop& shop, const std::set<std::string>& may_go = {}, const CommandOptions& options = {}) const {
        const std::vector<std::string> ids = point_ids(shop, options);
        for (const auto& [id, bytes] : points_) {
            INFO("point " << id << " was committed before");
            CHECK((may_go.contains(id) || std::ranges::find(ids, id) != ids.end()));
        }
        for (const std::string& id : ids) {
            const auto known = points_.find(id);
            INFO("point " << id);
            CHECK((restored(shop, id, options) == (known == points_.end() ? live_ : known->second)));
        }
    }
    void check_live(const Shop& shop) const { CHECK((bytes_of_file(shop.database()) == live_)); }
    const std::string& bytes_of_only_point() const {
        REQUIRE(points_.size() == 1);
        return points_.begin()->second;
    }
    std::set<std::string> ids() const {
        std::set<std::string> all;
        for (const auto& [id, bytes] : points_) all.insert(id);
        return all;
    }

private:
    std::string live_;
    std::map<std::string, std::string> points_;
};

struct Scenario {
    std::string name;
    ShopOptions shop = {};
    std::function<void(Shop&)> prepare = [](Shop&) {};
    // The command that is killed; asked for anew each time.
    std::function<std::vector<std::string>(const Shop&)> command;
    CommandOptions options = {};
    std::function<CommandOptions(const Shop&)> options_in = {};   // Instead, where they depend on the shop's place.
    std::vector<std::string_view> points;       // Every one of these is passed by the command.
    int passages_max = 3;                       // So many passages of each are tried.
    std::function<void(const Shop&)> after_kill = [](const Shop&) {};
    std::function<void(const Shop&)> finish = [](const Shop&) {};   // What a person types next, until all is well.
};

// What is in the stores is sound, the audit chain holds, the live database is.
inline void check_whole(const Shop& shop, const CommandOptions& options) {
    for (const char* what : {"catalog", "audit"}) {
        const ProcessResult result = shop.run({what, "verify"}, options);
        INFO(what << " verify: " << result.output << result.errors);
        CHECK(result.exit_status == 0);
    }
    CHECK(shop.answer("pragma integrity_check") == "ok");
    CHECK(shop.answer("pragma foreign_key_check").empty());
}

// Kills the command at every point and passage.
inline void play(const Scenario& scenario) {
    Shop shop(scenario.shop);
    scenario.prepare(shop);
    shop.save();
    for (const std::string_view point : scenario.points) {
        for (int passage = 1; passage <= scenario.passages_max; ++passage) {
            shop.restore_saved();
            CommandOptions killed = scenario.options_in ? scenario.options_in(shop) : scenario.options;
            killed.crash_at = std::string(point) + ":" + std::to_string(passage);
            const ProcessResult result = shop.run(scenario.command(shop), killed);
            INFO(scenario.name << ", killed at " << killed.crash_at << ": exit status " << result.exit_status << "\n"
                               << result.output << result.errors);
            if (result.exit_status != kKilled) {
                // Not passed so often: fine, but never for the first time.
                CHECK(passage > 1);
                break;
            }
            try {
                scenario.after_kill(shop);
                scenario.finish(shop);
            } catch (const std::exception& error) {
                FAIL_CHECK("afterwards: " << error.what());
            }
        }
    }
}

// Every scenario of this folder: the fault points that they name are compared with those there are.
std::vector<Scenario> backup_scenarios();
std::vector<Scenario> care_scenarios();
std::vector<Scenario> restore_scenarios();
std::vector<Scenario> runbook_scenarios();
std::vector<Scenario> disaster_scenarios();
std::vector<Scenario> log_scenarios();
std::vector<Scenario> wal_scenarios();
std::vector<Scenario> postgres_scenarios();
std::vector<Scenario> notify_scenarios();
std::vector<Scenario> evidence_scenarios();

}  // namespace holdfast
