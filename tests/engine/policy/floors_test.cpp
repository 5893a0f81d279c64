#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"

namespace holdfast {
namespace {

using List = std::vector<std::string>;

const std::string kPeople =
    "people:\n"
    "  ann: { public_key: \"ed25519:…\", roles: [approver] }\n"
    "  bob: { public_key: \"ed25519:…\", roles: [operator] }\n";

LoadedPolicy with_floor(const std::string& floor, const std::string& more = {}, const std::string& environment = "rpo: 26h, copies: [local]") {
    PolicyParts parts;
    parts.environments = "environments: { main: { " + environment + ", floor: { " + floor + " } } }\n";
    parts.stores = "stores: { local: { url: \"file:///srv/backups\" }, vault: { url: \"s3://vault/x\", lock: { for: 14d } } }\n";
    parts.policies =
        "policies:\n"
        "  daily: { backups: { full: { cron: \"0 2 * * *\", start_within: 30m, finish_within: 30m } }, retention: { daily: 30d } }\n"
        "  often: { extends: daily, backups: { log: { every: 5m, start_within: 1m, finish_within: 2m } }, retention: { any_second: 7d } }\n";
    parts.more = more;
    return load_parts(parts);
}
List under(const LoadedPolicy& loaded) {
    List messages;
    for (const Finding& finding : loaded.findings) {
        if (finding.id == "under-floor") messages.push_back(finding.message);
    }
    return messages;
}

TEST_CASE("backups stay encrypted where the environment demands it", "[policy][floors]") {
    CHECK(under(with_floor("encrypted: true")) == List{});
    CHECK(under(with_floor("encrypted: false", "encryption: none\n")) == List{});
    const LoadedPolicy loaded = with_floor("encrypted: true", "encryption: none\n");
    CHECK(under(loaded) == List{"environment `main` demands encrypted backups, but encryption is off"});
    CHECK(find_id(loaded, "under-floor")->place->excerpt == "encryption: none");
}

TEST_CASE("enough copies are in stores with a lock", "[policy][floors]") {
    CHECK(under(with_floor("locked_copies: 1", "", "copies: [local, vault]")) == List{});
    CHECK(under(with_floor("locked_copies: 1")) == List{"environment `main` demands 1 locked copy, but none of its stores has a lock"});
    CHECK(under(with_floor("locked_copies: 2", "", "copies: [local, vault]")) == List{"environment `main` demands 2 locked copies, but 1 of its stores has a lock"});
}

TEST_CASE("enough people may approve", "[policy][floors]") {
    CHECK(under(with_floor("approvals: 1", kPeople)) == List{});
    CHECK(under(with_floor("approvals: 2", kPeople)) == List{"environment `main` demands 2 approvals, but only 1 under `people` may approve"});
    CHECK(under(with_floor("approvals: 1")) == List{"environment `main` demands 1 approval, but nobody under `people` may approve"});
}

TEST_CASE("a drill covers each database often enough", "[policy][floors]") {
    const auto drill = [](const std::string& which, const std::string& when) { return "drills: { d: { databases: " + which + ", " + when + ", runbook: total-failure } }\n"; };
    CHECK(under(with_floor("drill_max_age: 35d", drill("{ environment: main }", "cron: \"0 5 1 * *\""))) == List{});
    CHECK(under(with_floor("drill_max_age: 35d", drill("[notes]", "every: 30d"))) == List{});
    CHECK(under(with_floor("drill_max_age: 7d", drill("[notes]", "cron: \"0 5 1 * *\""))) == List{"environment `main` demands a drill every 7d, but none comes that often for notes"});
    CHECK(under(with_floor("drill_max_age: 35d")) == List{"environment `main` demands a drill every 35d, but none comes that often for notes"});
}

TEST_CASE("the RPO holds though a run is missed", "[policy][floors]") {
    // Daily at 02:00, done an hour later: 49 hours with one missed run.
    CHECK(under(with_floor("survive_missed_runs: 1", "", "rpo: 49h, copies: [local]")) == List{});
    CHECK(under(with_floor("survive_missed_runs: 1", "", "rpo: 48h, copies: [local]")) ==
          List{"with 1 missed run in a row, `notes` loses up to 2 days 1 h (2 days from run to run, 1 h until it is done); environment `main` allows 2 days"});
    CHECK(under(with_floor("survive_missed_runs: 0", "", "rpo: 1h, copies: [local]")) == List{});
}

TEST_CASE("a log backup every few minutes survives several missed runs", "[policy][floors]") {
    PolicyParts parts;
    parts.environments = "environments: { main: { rpo: 15m, copies: [local], floor: { survive_missed_runs: 1 } } }\n";
    parts.policies =
        "policies:\n"
        "  often:\n"
        "    backups: { full: { cron: \"0 2 * * *\", finish_within: 3h }, log: { every: 5m, start_within: 1m, finish_within: 2m } }\n"
        "    retention: { any_second: 7d, daily: 30d }\n";
    parts.databases = "databases: { notes: { engine: sqlite, environment: main, policy: often, path: /x } }\n";
    CHECK(ids_in(load_parts(parts)) == List{});
    parts.environments = "environments: { main: { rpo: 15m, copies: [local], floor: { survive_missed_runs: 2 } } }\n";
    CHECK(ids_in(load_parts(parts)) == List{"under-floor"});
}

TEST_CASE("dumps alone bound what can be promised, and that is said", "[policy][floors]") {
    PolicyParts parts;
    parts.environments = "environments: { main: { rpo: 15m, copies: [local] } }\n";
    parts.policies = "policies:\n  dumps:\n    backups: { logical: { every: 1h, start_within: 5m, finish_within: 10m } }\n    retention: { daily: 30d }\n";
    parts.databases = "databases: { shop: { engine: postgres, environment: main, policy: dumps, connection: \"service=shop\" } }\n";
    const LoadedPolicy loaded = load_parts(parts);
    CHECK(loaded.usable());
    CHECK(ids_in(loaded) == List{"dumps-alone"});
    CHECK(loaded.findings.front().severity == Severity::Warning);
    CHECK(loaded.findings.front().message ==
          "`shop` is backed up by dumps alone: nothing between two of them can be brought back, up to 1 h 15 min; environment `main` allows 15 min");
    parts.environments = "environments: { main: { rpo: 2h, copies: [local] } }\n";
    CHECK(load_parts(parts).findings.front().severity == Severity::Note);
    parts.policies = "policies:\n  dumps:\n    backups: { full: { every: 1h }, logical: { every: 1h } }\n    retention: { daily: 30d }\n";
    CHECK(ids_in(load_parts(parts)) == List{});
}

TEST_CASE("the longest night of the year counts", "[policy][floors]") {
    // When clocks go back, 02:00 to 02:00 is 25 hours.
    CHECK(under(with_floor("survive_missed_runs: 1", "timezone: Europe/Berlin\n", "rpo: 49h, copies: [local]")) != List{});
    CHECK(under(with_floor("survive_missed_runs: 1", "timezone: Europe/Berlin\n", "rpo: 50h, copies: [local]")) == List{});
}

}  // namespace
}  // namespace holdfast
