#include <catch2/catch.hpp>

#include <regex>

#include "engine/cli/show_log.hpp"
#include "engine/cli/timeline_svg.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/support/command_fixture.hpp"

using namespace holdfast;

namespace {

struct Logged : CommandFixture {
    Logged() {
        set_up();
        // As long as a program has the database open its log stays.
        keeper.emplace(Connection::open(database(), OpenMode::ReadWrite));
        keeper->integer("SELECT count(*) FROM orders");
        add_sample_orders(database(), 1);
        REQUIRE(run({"backup", "now", "orders", "--log"}).status == 0);
    }
    std::optional<Connection> keeper;
    Ran log_now() {
        clock.advance(std::chrono::seconds(30));
        return run({"backup", "now", "orders", "--log"});
    }
    // The id in the first line of a listing that names `table`.
    std::string transaction_of(const Ran& listing, const std::string& table) const {
        const std::regex line("([0-9a-z]{10}:[0-9]+) [^\n]*" + table);
        std::smatch found;
        REQUIRE(std::regex_search(listing.out, found, line));
        return found[1];
    }
    std::int64_t orders_in(const std::filesystem::path& copy) const {
        return Connection::open(copy, OpenMode::ReadWrite).integer("SELECT count(*) FROM orders").value_or(-1);
    }
};

}  // namespace

TEST_CASE_METHOD(Logged, "a log backup says how many transactions it has kept", "[cli][log]") {
    add_sample_orders(database(), 3);
    const Ran ran = log_now();
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.says("log of orders: 3 transactions"));
}

TEST_CASE_METHOD(Logged, "a transaction is found in the list by its tables and everything before it is brought back", "[cli][log]") {
    add_sample_orders(database(), 2);
    const std::int64_t before = orders_in(database());
    delete_sample_orders(database(), 10, 90);
    REQUIRE(log_now().status == 0);
    const Ran listing = run({"log", "orders"});
    INFO(listing.out << listing.err);
    CHECK(listing.status == 0);
    CHECK(listing.says("3 of 3 transactions in the log"));
    CHECK(listing.says("orders"));
    const std::string last = std::regex_replace(listing.out, std::regex("[\\s\\S]*--before ([0-9a-z]{10}:[0-9]+)\\s*"), "$1");
    const Ran restored = run({"restore", "orders", "--before", last, "--to", "copy.db"});
    INFO(restored.err);
    REQUIRE(restored.status == 0);
    CHECK(restored.says("and the log up to"));
    CHECK(orders_in(folder / "copy.db") == before);
}

TEST_CASE_METHOD(Logged, "the list says when, how many pages and which tables, as JSON too", "[cli][log]") {
    add_sample_orders(database(), 1);
    log_now();
    const Ran listing = run({"log", "orders", "--format", "json"});
    CHECK(listing.says("\"kind\": \"log\""));
    CHECK(listing.says("\"touched\""));
    CHECK(listing.says("\"digest\""));
    CHECK(run({"log", "orders", "-n", "0"}).status == 64);
    CHECK(run({"log", "orders", "--around", "1h ago"}).status == 0);
}

TEST_CASE_METHOD(CommandFixture, "a database without a log says how to get one", "[cli][log]") {
    set_up();
    const Ran ran = run({"log", "orders"});
    CHECK(ran.status == 74);
    CHECK(ran.complains("runbook follow orders"));
}

TEST_CASE_METHOD(Logged, "the timeline shows spans, holes with their cause, and single points", "[cli][timeline]") {
    add_sample_orders(database(), 1);
    log_now();
    Connection::open(database(), OpenMode::ReadWrite).execute("PRAGMA wal_checkpoint(TRUNCATE)");
    add_sample_orders(database(), 1);
    clock.advance(std::chrono::hours(1));
    log_now();
    const Ran ran = run({"timeline"});
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.says("hole"));
    CHECK(ran.says("2 points"));
    CHECK(ran.says("x hole"));
    CHECK(run({"timeline", "orders", "--format", "json"}).says("\"kind\": \"hole\""));
}

TEST_CASE_METHOD(Logged, "the picture is one SVG in which names cannot break out", "[cli][timeline]") {
    const Ran ran = run({"timeline", "--svg", "timeline.svg"});
    CHECK(ran.status == 0);
    const std::string svg = read_text_file(folder / "timeline.svg", 1 << 20);
    CHECK(svg.starts_with("<svg xmlns="));
    CHECK(svg.ends_with("</svg>\n"));
    CHECK(svg.find("prefers-color-scheme: dark") != std::string::npos);
    CHECK(svg.find(">orders</text>") != std::string::npos);
}

TEST_CASE_METHOD(Logged, "a command is followed while it runs, and its exit status is the answer", "[cli][follow]") {
    const std::string script = "sqlite3 '" + database().string() + "' \"INSERT INTO products (sku) VALUES ('from exec')\" 2>/dev/null; exit 7";
    const Ran ran = run({"exec", "orders", "--", "sh", "-c", script});
    INFO(ran.err);
    CHECK(ran.status == 7);
    CHECK(ran.complains("orders is followed"));
    CHECK(ran.complains("everything up to"));
}

TEST_CASE_METHOD(Logged, "a backup can follow the end of a command", "[cli][follow]") {
    const Ran ran = run({"exec", "orders", "--then", "full", "--", "true"});
    CHECK(ran.status == 0);
    CHECK(ran.complains("full point"));
    CHECK(run({"exec", "orders", "--then", "log", "--", "true"}).status == 64);
}

TEST_CASE_METHOD(Logged, "the policy can want a backup when a command has ended, as when an application is shut down", "[cli][follow]") {
    std::string text = policy_text();
    const std::string weekly = "\"0 2 * * Sun\"";
    text.insert(text.find(weekly) + weekly.size(), ", after_exec: true");
    write("policies/policy.yaml", text);
    const Ran ran = run({"exec", "orders", "--", "true"});
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(ran.complains("full point"));
    CHECK_FALSE(run({"exec", "orders", "--then", "none", "--", "true"}).complains("full point"));
    CHECK(run({"exec", "orders", "--then", "incremental", "--", "true"}).complains("incremental point"));
}

TEST_CASE_METHOD(CommandFixture, "follow without a name wants a policy that says continuous", "[cli][follow]") {
    set_up();
    const Ran ran = run({"follow"});
    CHECK(ran.status == 64);
    CHECK(ran.complains("log: continuous"));
}
