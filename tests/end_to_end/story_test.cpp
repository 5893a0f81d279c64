// The main job from end to end, by the real program.
#include <thread>

#include "engine/base/clock.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/end_to_end/program_in_folder.hpp"
#include "tests/support/order_lines.hpp"

using namespace holdfast;

namespace {

// An instant that lies between what was done before the call and what is done after it.
std::string moment_between() {
    const SystemClock clock;
    const Instant before = clock.now();
    while (clock.now() <= before + std::chrono::milliseconds(2)) std::this_thread::yield();
    const std::string moment = to_rfc3339(clock.now());
    const Instant until = clock.now();
    while (clock.now() <= until + std::chrono::milliseconds(2)) std::this_thread::yield();
    return moment;
}

// One JSON document, read by SQLite's own JSON functions.
class JsonDocument {
public:
    explicit JsonDocument(std::string text) : text_(std::move(text)) {
        INFO(text_);
        REQUIRE(connection_.integer("select json_valid(?)", text_) == 1);
        CHECK(at("$.version") == "1");
    }
    // The value at a path, as text; empty where there is none.
    std::string at(const std::string& path) {
        return connection_.text("select cast(json_extract(?, ?) as text)", text_, path).value_or("");
    }

private:
    Connection connection_ = Connection::in_memory();
    std::string text_;
};

JsonDocument parsed(const std::string& text) { return JsonDocument(text); }

void write_by_sqlite3(const std::filesystem::path& file, const std::string& statements) {
    const ProcessResult result = run_process({"sqlite3", file.string(), statements});
    INFO(result.errors);
    REQUIRE(result.ok());
}

}  // namespace

TEST_CASE("from an empty folder to deleted rows that are back", "[end_to_end]") {
    ProgramInFolder house;
    house.make_house();
    house.must({"policy", "check"});
    CHECK(house.run({"plan", "--detailed-exitcode"}).exit_status == 2);
    CHECK(house.must({"tick"}).find(": done, point ") != std::string::npos);
    CHECK(house.must({"tick"}).find("Nothing was due.") != std::string::npos);
    CHECK(house.run({"plan", "--detailed-exitcode"}).exit_status == 0);

    const std::string whole = order_lines(house.database());
    const std::string before = moment_between();
    write_by_sqlite3(house.database(), "pragma foreign_keys = on; delete from items where order_id % 3 = 0; delete from orders where id % 3 = 0;");
    const std::string damaged = order_lines(house.database());
    REQUIRE(damaged != whole);

    CHECK(house.must({"run", "accidental-deletion", "--before", before, "--plan"}).find("put the rows back") != std::string::npos);
    CHECK(order_lines(house.database()) == damaged);
    house.must({"run", "accidental-deletion", "--before", before, "--yes"});
    CHECK(order_lines(house.database()) == whole);

    auto runs = parsed(house.must({"runs", "list", "--format", "json"}));
    CHECK(runs.at("$.runs[0].state") == "done");
    CHECK(runs.at("$.runs[1].state").empty());
    house.must({"runs", "undo", runs.at("$.runs[0].id"), "--yes"});
    CHECK(order_lines(house.database()) == damaged);
    house.must({"audit", "verify"});
    house.must({"catalog", "verify"});
    house.must({"doctor"});
}

TEST_CASE("every answer can be had as JSON", "[end_to_end]") {
    ProgramInFolder house;
    make_sample_database(house.database());
    parsed(house.must({"init", "--path", "orders.db", "--format", "json"}));
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"version"}, {"policy", "schema"}, {"completion", "bash"}, {"policy", "check"}, {"policy", "explain", "orders"}, {"plan"}, {"plan", "--until", "in 30d"}, {"tick"},
             {"schedule", "next"}, {"schedule", "explain", "0 2 * * *"}, {"backup", "now", "orders"}, {"catalog", "list"},
             {"catalog", "verify"}, {"catalog", "rebuild"}, {"expire", "--dry-run"}, {"expire", "--yes"},
             {"restore", "orders", "--to", "copy.db"}, {"book", "list"}, {"book", "show", "accidental-deletion"}, {"book", "lint"},
             {"book", "new", "mine"}, {"run", "accidental-deletion", "--before", "now", "--plan"}, {"runs", "list"}, {"audit", "show"},
             {"audit", "verify"}, {"keys", "list"}, {"keys", "new-person", "me.key"}, {"doctor"}}) {
        std::vector<std::string> with_format = words;
        with_format.insert(with_format.end(), {"--format", "json"});
        parsed(house.must(with_format));
    }
    auto points = parsed(house.must({"catalog", "list", "--format", "json"}));
    const std::string point = points.at("$.points[0].id");
    for (const char* word : {"show", "pin", "unpin", "verify"}) parsed(house.must({"catalog", word, point, "--format", "json"}));
}

TEST_CASE("every failure has its own exit status and can be had as JSON", "[end_to_end]") {
    ProgramInFolder house;
    const auto status_of = [&](std::vector<std::string> words) {
        words.insert(words.end(), {"--format", "json"});
        const ProcessResult result = house.run(words);
        CHECK(parsed(result.output).at("$.kind") == "error");
        CHECK_FALSE(result.errors.empty());
        return result.exit_status;
    };
    CHECK(status_of({"plan"}) == 74);                                     // No policy folder.
    CHECK(status_of({"plan", "--policies", "nowhere"}) == 74);
    house.make_house();
    CHECK(status_of({"paln"}) == 64);
    CHECK(status_of({"restore", "orders", "--to", "copy.db"}) == 4);      // There is no point yet.
    CHECK(status_of({"backup", "now", "oders"}) == 64);
    house.must({"tick"});
    CHECK(status_of({"expire", "--dry-run", "--database", "other"}) == 64);
    CHECK(status_of({"restore", "orders", "--to", "orders.db"}) == 77);      // The live database.
    CHECK(status_of({"restore", "orders", "--to", "policies/policy.yaml"}) == 74);
    house.environment["BACKUP_ENCRYPTION_KEY"] = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    CHECK(status_of({"backup", "now", "orders"}) == 77);                  // The wrong key.
    house.environment["BACKUP_ENCRYPTION_KEY"] = "";
    CHECK(status_of({"backup", "now", "orders"}) == 77);
    std::filesystem::remove(house.database());
    std::filesystem::remove(house.database().string() + "-wal");
    house.environment["BACKUP_ENCRYPTION_KEY"] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    CHECK(status_of({"backup", "now", "orders"}) == 69);
    house.write("policies/more.yaml", "version: 1\nnonsense: true\n");
    CHECK(status_of({"plan"}) == 65);
    CHECK(house.run({"policy", "check"}).exit_status == 65);
}

TEST_CASE("a tick that fails says what and why and has a status that cron sees", "[end_to_end]") {
    ProgramInFolder house;
    house.make_house();
    house.environment["BACKUP_ENCRYPTION_KEY"] = "";
    const ProcessResult result = house.run({"tick"});
    INFO(result.output << result.errors);
    CHECK(result.exit_status != 0);
    CHECK((result.output + result.errors).find("BACKUP_ENCRYPTION_KEY") != std::string::npos);
}

TEST_CASE("no secret is shown by anything that is said", "[end_to_end]") {
    ProgramInFolder house;
    house.make_house();
    const std::string key = house.environment["BACKUP_ENCRYPTION_KEY"];
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"tick", "-v"}, {"keys", "list"}, {"doctor"}, {"policy", "explain", "orders"}, {"audit", "show"}, {"backup", "now", "orders", "-v"}}) {
        const ProcessResult result = house.run(words);
        CHECK((result.output + result.errors).find(key) == std::string::npos);
    }
}
