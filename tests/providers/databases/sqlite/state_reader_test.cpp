#include "providers/databases/sqlite/state_reader.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_state.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

MemoryState state_made_by(const std::string& sql) {
    const TemporaryFolder folder;
    const fs::path path = folder / "made.db";
    Connection::open(path, OpenMode::Create).execute(sql);
    return MemoryState(path);
}

MemoryState sample_state(const SampleOptions& options = {}) {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db", options);
    Connection::open(folder / "shop.db", OpenMode::ReadWrite).execute("PRAGMA wal_checkpoint(TRUNCATE)");
    return MemoryState(folder / "shop.db");
}

struct Asking {
    SystemClock clock;
    NoProgress progress;
    std::stop_source stop;
    MemoryState state;
    std::unique_ptr<SqlReader> reader;

    explicit Asking(MemoryState made) : state(std::move(made)) {
        reader = make_state_reader(state, DatabaseName("orders"), {.clock = clock, .progress = progress, .cancel = stop.get_token()});
    }
    std::vector<SqlRow> rows(const std::string& sql, std::optional<Duration> limit = std::nullopt) {
        std::vector<SqlRow> all;
        const auto answer = reader->query(sql, limit);
        while (const SqlRow* row = answer->next()) all.push_back(*row);
        CHECK(answer->next() == nullptr);
        return all;
    }
    std::int64_t number(const std::string& sql) { return std::get<std::int64_t>(rows(sql).at(0).at(0)); }
    std::optional<Error> refusal(const std::string& sql, std::optional<Duration> limit = std::nullopt) {
        return error_thrown_by([&] { rows(sql, limit); });
    }
};

}  // namespace

TEST_CASE("a state of any page size answers", "[sqlite][state]") {
    const std::uint32_t page_bytes = GENERATE(512U, 1024U, 4096U, 65536U);
    Asking asking(sample_state({.page_bytes = page_bytes, .auto_vacuum = page_bytes == 1024}));
    CHECK(asking.state.files().front().page_bytes == page_bytes);
    CHECK(asking.number("SELECT count(*) FROM orders") == 200);
    CHECK(asking.number("SELECT count(*) FROM items JOIN orders ON orders.id = order_id JOIN products USING (sku)") > 200);
    CHECK(std::get<std::string>(asking.rows("PRAGMA integrity_check").at(0).at(0)) == "ok");
}

TEST_CASE("values keep their types", "[sqlite][state]") {
    Asking asking(state_made_by("PRAGMA encoding='UTF-16le'; CREATE TABLE t(a); INSERT INTO t VALUES ('Größe')"));
    CHECK(asking.rows("SELECT a, 1, 1.5, x'00ff', NULL FROM t").at(0) ==
          SqlRow{std::string("Größe"), std::int64_t{1}, 1.5, Bytes{std::byte{0}, std::byte{0xff}}, std::monostate{}});
    CHECK(asking.reader->query("SELECT a AS size FROM t", {})->columns() == std::vector<std::string>{"size"});
}

TEST_CASE("an empty database answers that it has nothing", "[sqlite][state]") {
    Asking asking(MemoryState(Bytes{}));
    CHECK(asking.number("SELECT count(*) FROM sqlite_schema") == 0);
    CHECK(asking.refusal("SELECT * FROM orders")->code == ErrorCode::Missing);
}

TEST_CASE("virtual tables are read", "[sqlite][state]") {
    Asking asking(state_made_by("CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES ('hello world');"
                                "CREATE VIRTUAL TABLE r USING rtree(id, a, b); INSERT INTO r VALUES (7, 1, 2)"));
    CHECK(asking.number("SELECT id FROM r WHERE a < 2") == 7);
    CHECK(asking.rows("SELECT x FROM f WHERE f MATCH 'hello'").size() == 1);
}

TEST_CASE("only statements that read are taken", "[sqlite][state]") {
    Asking asking(sample_state());
    const Bytes before = asking.state.bytes;
    for (const char* sql : {"DELETE FROM orders", "CREATE TABLE t(a)", "CREATE TEMP TABLE t(a)", "ATTACH ':memory:' AS m", "BEGIN", "SAVEPOINT s",
                            "VACUUM", "VACUUM INTO 'x'", "PRAGMA user_version=3", "PRAGMA journal_mode", "PRAGMA journal_mode=wal", "PRAGMA writable_schema=1",
                            "PRAGMA query_only=0", "SELECT load_extension('x')", "WITH a AS (SELECT 1) INSERT INTO audit_log SELECT 1, 2, 3"}) {
        INFO(sql);
        const auto error = asking.refusal(sql);
        REQUIRE(error);
        CHECK((error->code == ErrorCode::NotPermitted || error->code == ErrorCode::Usage));
    }
    CHECK(asking.state.bytes == before);
    for (const char* sql : {"PRAGMA user_version", "PRAGMA table_info(orders)", "EXPLAIN SELECT 1", "VALUES (1)", "SELECT 1; -- that is all",
                            "SELECT * FROM pragma_index_list('items')", "WITH a AS (SELECT 1) SELECT * FROM a"}) {
        INFO(sql);
        CHECK_FALSE(asking.refusal(sql));
    }
}

TEST_CASE("what is no statement is refused with what is wrong", "[sqlite][state]") {
    Asking asking(sample_state());
    CHECK(asking.refusal("SELEC 1")->code == ErrorCode::Usage);
    CHECK(asking.refusal("")->code == ErrorCode::Usage);
    CHECK(asking.refusal("-- nothing")->code == ErrorCode::Usage);
    CHECK(asking.refusal("SELECT 1; SELECT 2")->message == "there is more than one SQL statement");
    CHECK(asking.refusal("SELECT ?")->code == ErrorCode::Usage);
    CHECK(asking.refusal("SELECT absent FROM orders")->code == ErrorCode::Missing);
    CHECK(asking.refusal("SELECT * FROM absent")->code == ErrorCode::Missing);
    CHECK(asking.refusal("SELECT abs(-9223372036854775808)")->code == ErrorCode::Usage);
}

TEST_CASE("a lookup reads a few pages of a large table", "[sqlite][state]") {
    Asking asking(sample_state({.customers = 200, .orders = 20'000}));
    asking.number("SELECT count(*) FROM sqlite_schema");
    asking.state.read_bytes = 0;
    CHECK(asking.rows("SELECT * FROM orders WHERE id = 12345").size() == 1);
    CHECK(asking.state.read_bytes <= 5 * 4096);
    CHECK(asking.state.bytes.size() > 200 * 4096);
}

TEST_CASE("what stands in the way of a read is said as it was thrown", "[sqlite][state]") {
    Asking asking(sample_state());
    asking.number("SELECT count(*) FROM sqlite_schema");
    asking.state.before_read = [](std::uint64_t) { throw Error(ErrorCode::Unavailable, "store local is away", "Plug it in."); };
    const auto error = asking.refusal("SELECT count(*) FROM items");
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Unavailable);
    CHECK(error->message == "store local is away");
    CHECK(error->hint == "Plug it in.");
    asking.state.before_read = nullptr;
    CHECK(asking.number("SELECT count(*) FROM items") > 0);
}

TEST_CASE("a read that fails while the state is opened is said too", "[sqlite][state]") {
    MemoryState away = sample_state();
    away.before_read = [](std::uint64_t) { throw Error(ErrorCode::WrongKey, "the key does not open it"); };
    SystemClock clock;
    NoProgress progress;
    CHECK(code_thrown_by([&] {
              make_state_reader(away, DatabaseName("orders"), {.clock = clock, .progress = progress, .cancel = {}})->query("SELECT 1 FROM sqlite_schema", {})->next();
          }) == ErrorCode::WrongKey);
}

TEST_CASE("a database that was damaged itself is told from a damaged backup", "[sqlite][state]") {
    MemoryState state = sample_state();
    for (std::uint64_t page = 1; page < state.pages(); ++page) std::fill_n(state.page(page), 100, std::byte{0xee});
    Asking asking(std::move(state));
    const auto error = asking.refusal("SELECT count(*) FROM items");
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Corrupt);
    CHECK_THAT(error->message, Catch::Contains("when this state was backed up"));
    CHECK(code_thrown_by([] { Asking(MemoryState(Bytes(8192, std::byte{0x78}))); }) == ErrorCode::Corrupt);
}

TEST_CASE("a statement that takes too long, or is stopped, ends", "[sqlite][state]") {
    Asking asking(sample_state());
    const std::string endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT max(x) FROM c";
    const auto error = asking.refusal(endless, Duration(50));
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Cancelled);
    CHECK(error->message == "the query was stopped after 50 ms");
    CHECK(asking.number("SELECT count(*) FROM orders") == 200);
    std::jthread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        asking.stop.request_stop();
    });
    CHECK(asking.refusal(endless)->message == "stopped on request");
}
