#include "providers/databases/sqlite/page_owners.hpp"

#include <catch2/catch.hpp>

#include <random>

#include "engine/sqlite/connection.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_state.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

MemoryState made_by(const std::string& sql) {
    const TemporaryFolder folder;
    Connection::open(folder / "made.db", OpenMode::Create).execute(sql);
    return MemoryState(folder / "made.db");
}

std::vector<PageOwner> owners_of_pages(MemoryState& state, const std::vector<std::uint64_t>& pages, CancelToken cancel = {}) {
    const SystemClock clock;
    NoProgress progress;
    return find_page_owners(state, pages, {.clock = clock, .progress = progress, .cancel = std::move(cancel)});
}

// All pages of a state: "orders" → how many.
std::map<std::string, std::uint64_t> counts_of(MemoryState& state) {
    std::vector<std::uint64_t> pages;
    for (std::uint64_t page = 0; page < state.pages(); ++page) pages.push_back(page);
    std::map<std::string, std::uint64_t> counts;
    for (const PageOwner& owner : owners_of_pages(state, pages)) ++counts[to_text(owner)];
    return counts;
}

constexpr const char* kRows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) ";

}  // namespace

TEST_CASE("tables, indexes and the schema are told apart", "[sqlite][owners]") {
    const std::string page_bytes = GENERATE("512", "4096", "65536");
    MemoryState state = made_by("PRAGMA page_size=" + page_bytes + ";"
                                "CREATE TABLE orders(id INTEGER PRIMARY KEY, day TEXT, note TEXT); CREATE INDEX orders_by_day ON orders(day);"
                                "CREATE TABLE items(sku TEXT PRIMARY KEY, n INT) WITHOUT ROWID; CREATE TABLE tags(tag TEXT UNIQUE);" +
                                std::string(kRows) + "INSERT INTO orders SELECT i, 'day ' || i, printf('%.100c', 'x') FROM n;" +
                                kRows + "INSERT INTO items SELECT 'sku ' || i, i FROM n;" + kRows + "INSERT INTO tags SELECT 'tag ' || i FROM n");
    auto counts = counts_of(state);
    CHECK(counts["schema"] >= 1);
    CHECK(counts["orders"] > 3000 * 100 / state.files()[0].page_bytes);
    CHECK(counts["orders (index orders_by_day)"] >= 1);
    CHECK(counts["items"] >= 1);
    CHECK(counts["tags (index sqlite_autoindex_tags_1)"] >= 1);
    CHECK(counts["unknown"] == 0);
}

TEST_CASE("long values belong to their table, in leaves and in indexes", "[sqlite][owners]") {
    MemoryState state = made_by("CREATE TABLE photos(id INTEGER PRIMARY KEY, b BLOB); CREATE TABLE keys(k TEXT PRIMARY KEY) WITHOUT ROWID;"
                                "CREATE TABLE other(a); INSERT INTO other VALUES (1);"
                                "INSERT INTO photos VALUES (1, randomblob(1000000)), (2, x'00'), (3, randomblob(5000));"
                                "INSERT INTO keys VALUES (hex(randomblob(20000))), (hex(randomblob(30000)))");
    auto counts = counts_of(state);
    CHECK(counts["photos"] >= 245);
    CHECK(counts["keys"] >= 24);
    CHECK(counts["other"] == 1);
    CHECK(counts["unknown"] == 0);
    // Overflow pages alone, without the leaf that points to them.
    CHECK(owners_of_pages(state, {100, 101}) == std::vector<PageOwner>(2, PageOwner{.table = "photos", .index = "", .part = ""}));
}

TEST_CASE("free pages and pointer maps belong to no table", "[sqlite][owners]") {
    MemoryState state = made_by("PRAGMA page_size=512; PRAGMA auto_vacuum=INCREMENTAL; CREATE TABLE a(x); CREATE TABLE b(x);" + std::string(kRows) +
                                "INSERT INTO a SELECT printf('%.100c', 'x') FROM n;" + kRows + "INSERT INTO b SELECT i FROM n; DROP TABLE a");
    auto counts = counts_of(state);
    CHECK(counts["free"] > 600);
    CHECK(counts["pointer map"] == state.pages() / 103 + (state.pages() % 103 > 1 ? 1 : 0));
    CHECK(counts["b"] > 10);
    CHECK(counts["a"] == 0);
    CHECK(counts["unknown"] == 0);
}

TEST_CASE("the sample shop is known whole", "[sqlite][owners]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db", {.wal = false, .auto_vacuum = true});
    MemoryState state(folder / "shop.db");
    auto counts = counts_of(state);
    CHECK(counts["unknown"] == 0);
    CHECK(counts["orders"] > 0);
}

TEST_CASE("a few pages of a large table cost a few reads", "[sqlite][owners]") {
    MemoryState state = made_by("CREATE TABLE t(a);" + std::string(kRows) + "INSERT INTO t SELECT randomblob(3000) FROM n");
    REQUIRE(state.pages() > 3000);
    state.read_bytes = 0;
    CHECK(to_text(owners_of_pages(state, {2000}).front()) == "t");
    CHECK(state.read_bytes < 40 * 4096);
}

TEST_CASE("pages that the state does not have, and a state without pages, are answered", "[sqlite][owners]") {
    MemoryState state = made_by("CREATE TABLE t(a)");
    CHECK(to_text(owners_of_pages(state, {1, 500}).back()) == "beyond the end");
    MemoryState nothing{Bytes{}};
    CHECK(to_text(owners_of_pages(nothing, {0}).front()) == "unknown");
    CHECK(owners_of_pages(state, {}).empty());
}

TEST_CASE("damage makes pages unknown, and never more than that", "[sqlite][owners]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db", {.orders = 2000, .wal = false, .page_bytes = 1024, .auto_vacuum = true});
    const MemoryState sound(folder / "shop.db");
    std::mt19937_64 random(11);
    for (int round = 0; round < 200; ++round) {
        MemoryState state(sound.bytes);
        const std::uint64_t hits = 1 + random() % 200;
        for (std::uint64_t hit = 0; hit < hits; ++hit) {
            const std::size_t at = random() % 4 == 0 ? random() % 2048 : random() % state.bytes.size();
            if (at < 16 || at > 20) state.bytes[at] = std::byte(random());
        }
        state.read_bytes = 0;
        std::uint64_t total = 0;
        for (const auto& [name, count] : counts_of(state)) total += count;
        CHECK(total == state.pages());
        CHECK(state.read_bytes < 5 * state.bytes.size() + (1U << 16));
    }
}

TEST_CASE("chains that bite their own tail end", "[sqlite][owners]") {
    MemoryState state = made_by("CREATE TABLE a(x); CREATE TABLE b(x); INSERT INTO b VALUES (randomblob(9000)); INSERT INTO a VALUES (randomblob(50000)); DROP TABLE a");
    // The first trunk of the free list names itself as the next.
    const std::byte* header = state.page(0);
    const std::uint32_t trunk = std::to_integer<std::uint32_t>(header[35]) | std::to_integer<std::uint32_t>(header[34]) << 8;
    REQUIRE(trunk > 0);
    std::copy_n(header + 32, 4, state.page(trunk - 1));
    CHECK(counts_of(state)["b"] >= 3);
}

TEST_CASE("what stands in the way of a read is thrown, and a stop stops", "[sqlite][owners]") {
    MemoryState state = made_by("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    std::stop_source stop;
    stop.request_stop();
    CHECK(code_thrown_by([&] { owners_of_pages(state, {1}, stop.get_token()); }) == ErrorCode::Cancelled);
    int reads = 0;
    state.before_read = [&](std::uint64_t) {
        if (++reads > 1) throw Error(ErrorCode::Corrupt, "chunk 7 is damaged");
    };
    CHECK(error_thrown_by([&] { owners_of_pages(state, {1}); })->message == "chunk 7 is damaged");
}
