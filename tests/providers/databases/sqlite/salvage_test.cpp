#include "providers/databases/sqlite/salvage.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "tests/support/damage.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

// A sound state, and the same file to be damaged.
struct Pair {
    TemporaryFolder folder;
    fs::path sound = folder / "sound.db";
    fs::path damaged = folder / "damaged.db";

    explicit Pair(const SampleOptions& options = {.customers = 400, .orders = 4000, .wal = false}) {
        make_sample_database(sound, options);
        fs::copy_file(sound, damaged);
    }
    std::unique_ptr<RowReader> read() {
        fs::create_directories(folder / "scratch");
        return read_salvaged_rows(damaged, sound, folder / "scratch", {});
    }
    std::int64_t rows_of(const std::string& table) const {
        return Connection::open(sound, OpenMode::ReadOnly).integer("SELECT count(*) FROM " + table).value_or(-1);
    }
};

std::int64_t count(RowReader& reader, const std::string& name) {
    for (const TableShape& table : reader.tables()) {
        if (table.name != name) continue;
        const auto cursor = reader.rows(table);
        std::int64_t rows = 0;
        SqlRow last;
        while (const SqlRow* row = cursor->next()) {
            if (rows++ > 0) CHECK((reader.compare_keys(table, last, *row) == std::strong_ordering::less));
            last = *row;
        }
        return rows;
    }
    return -1;
}

std::string named(const RowReader& reader) {
    std::string text;
    for (const UnreadablePart& part : reader.unreadable()) text += part.table + ": " + part.what + "\n";
    return text;
}

}  // namespace

TEST_CASE("of a sound database everything is read, and nothing is named", "[sqlite][salvage]") {
    Pair pair({.wal = GENERATE(true, false)});
    const auto reader = pair.read();
    CHECK(named(*reader).empty());
    for (const char* table : {"customers", "orders", "items", "products", "audit_log", "search"}) {
        INFO(table);
        CHECK(count(*reader, table) == pair.rows_of(table));
    }
}

TEST_CASE("a bad page costs the rows in it and no others", "[sqlite][salvage]") {
    Pair pair;
    const std::uint64_t root = root_page_of(pair.damaged, "orders");
    zero_page(pair.damaged, child_of(pair.damaged, root, 3));
    const auto reader = pair.read();
    const std::int64_t lost = pair.rows_of("orders") - count(*reader, "orders");
    CHECK(lost > 10);
    CHECK(lost < 300);
    CHECK_THAT(named(*reader), Contains("orders: unreadable after row"));
    CHECK_THAT(named(*reader), Contains("and before row"));
    CHECK(count(*reader, "customers") == pair.rows_of("customers"));
}

TEST_CASE("several bad pages, the first and the last among them, are passed over one by one", "[sqlite][salvage]") {
    Pair pair;
    const std::uint64_t root = root_page_of(pair.damaged, "orders");
    for (const std::size_t child : {0U, 2U, 5U}) zero_page(pair.damaged, child_of(pair.damaged, root, child));
    zero_page(pair.damaged, big_endian_at(page_of(pair.damaged, root), 8));   // The right-most one.
    const auto reader = pair.read();
    const std::int64_t read = count(*reader, "orders");
    CHECK(read > 1000);
    CHECK(read < pair.rows_of("orders"));
    CHECK(std::ranges::count(named(*reader), '\n') == 4);
}

TEST_CASE("a table without row numbers is read from both ends", "[sqlite][salvage]") {
    Pair pair;
    zero_page(pair.damaged, child_of(pair.damaged, root_page_of(pair.damaged, "items"), 4));
    const auto reader = pair.read();
    const std::int64_t lost = pair.rows_of("items") - count(*reader, "items");
    CHECK(lost > 0);
    CHECK(lost < 400);
    CHECK_THAT(named(*reader), Contains("items: unreadable upwards behind the row"));
}

TEST_CASE("with the root of a table gone its rows are found on the pages that nothing leads to", "[sqlite][salvage]") {
    Pair pair;
    zero_page(pair.damaged, root_page_of(pair.damaged, "orders"));
    const auto reader = pair.read();
    CHECK(count(*reader, "orders") == pair.rows_of("orders"));
    CHECK_THAT(named(*reader), Contains("orders: unreadable from the first row on"));
    CHECK_THAT(named(*reader), Contains(fmt::format("orders: a guess: {} on ", counted(static_cast<std::uint64_t>(pair.rows_of("orders")), "row"))));
    CHECK(count(*reader, "items") == pair.rows_of("items"));
}

TEST_CASE("a header that is gone is stood in for", "[sqlite][salvage]") {
    Pair pair;
    if (GENERATE(true, false)) destroy_header(pair.damaged);
    else zero_page(pair.damaged, 1);
    const auto reader = pair.read();
    CHECK(count(*reader, "orders") == pair.rows_of("orders"));
    CHECK_THAT(named(*reader), Contains("of the sound copy stood in for it"));
}

TEST_CASE("a file that was cut off gives what is before the cut", "[sqlite][salvage]") {
    Pair pair;
    fs::resize_file(pair.damaged, fs::file_size(pair.damaged) / 2);
    const auto reader = pair.read();
    std::int64_t rows = 0;
    for (const TableShape& table : reader->tables()) rows += table.not_covered.empty() ? count(*reader, table.name) : 0;
    CHECK(rows > 1000);
    CHECK_FALSE(reader->unreadable().empty());
}

TEST_CASE("a tree that leads in circles ends", "[sqlite][salvage]") {
    Pair pair;
    for (const char* table : {"orders", "items"}) {
        lead_in_circles(pair.damaged, root_page_of(pair.damaged, table), 2);
    }
    const auto reader = pair.read();
    CHECK(count(*reader, "orders") == pair.rows_of("orders"));   // What the circle left out is found by looking at every page.
    CHECK(count(*reader, "items") <= pair.rows_of("items"));
    CHECK_THAT(named(*reader), Contains("orders: unreadable"));
    CHECK_THAT(named(*reader), Contains("orders: a guess: "));
}

TEST_CASE("of a file that is none, or not there, nothing is read and that is said", "[sqlite][salvage]") {
    Pair pair;
    if (GENERATE(true, false)) write_file_durably(pair.damaged, as_bytes("no database"));
    else fs::remove(pair.damaged);
    const auto reader = pair.read();
    CHECK(reader->tables().empty());
    CHECK_THAT(named(*reader), Contains("nothing can be read"));
}

TEST_CASE("noise anywhere in the file neither crashes nor hangs a reader", "[sqlite][salvage]") {
    const int seed = GENERATE(range(1, 25));
    Pair pair({.customers = 200, .orders = 1000, .wal = false});
    const std::uint64_t size = fs::file_size(pair.damaged);
    std::uint64_t state = static_cast<std::uint64_t>(seed) * std::uint64_t{0x9e3779b97f4a7c15};
    for (int hit = 0; hit < 40; ++hit) {
        state = state * std::uint64_t{6364136223846793005} + std::uint64_t{1442695040888963407};
        const std::uint64_t at = state >> 20;
        overwrite(pair.damaged, at % (size - 16), Bytes(1 + at % 16, static_cast<std::byte>(state >> 56)));
    }
    INFO("seed " << seed);
    const auto reader = pair.read();
    for (const TableShape& table : reader->tables()) {
        if (table.not_covered.empty()) CHECK(count(*reader, table.name) >= 0);
    }
}
