#include "providers/databases/sqlite/stray_pages.hpp"

#include <catch2/catch.hpp>

#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/row_shapes.hpp"
#include "tests/support/damage.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

constexpr int kRows = 60'000;   // Three levels of pages.

struct Strays {
    TemporaryFolder folder;
    fs::path path = folder / "notes.db";

    explicit Strays(const std::string& more = "") {
        Connection made = Connection::open(path, OpenMode::Create);
        made.execute("PRAGMA page_size=4096; PRAGMA secure_delete=OFF; CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT NOT NULL, weight REAL)");
        made.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(kRows) +
                     ") INSERT INTO notes SELECT i, printf('note %08d that says something of its own', i), i / 2.0 FROM n");
        made.execute("ALTER TABLE notes ADD COLUMN added INTEGER");
        if (!more.empty()) made.execute(more);
    }
    std::vector<TableShape> shapes(Connection& connection, const std::vector<std::string>& names) const {
        std::vector<TableShape> shapes;
        for (TableShape& shape : table_shapes(connection, SchemaTrust::Damaged)) {
            if (std::ranges::find(names, shape.name) != names.end()) shapes.push_back(std::move(shape));
        }
        return shapes;
    }
    // Row numbers of what is found for `notes`.
    std::vector<std::int64_t> found(const std::vector<std::string>& damaged = {"notes"}) const {
        OpenDatabase database = OpenDatabase::for_reading(path);
        database.connection().execute("PRAGMA writable_schema=ON");
        std::vector<std::int64_t> rows;
        const auto pages = find_stray_pages(database.connection(), database.file(), {});
        for (const StrayRows& owner : guess_owners(database.connection(), shapes(database.connection(), damaged), pages)) {
            if (owner.table.name != "notes") continue;
            read_stray_rows(database.connection(), database.file(), owner, [&](const SqlRow& row) { rows.push_back(std::get<std::int64_t>(row.at(0))); }, {});
        }
        return rows;
    }
};

}  // namespace

TEST_CASE("below a damaged inner page every row is found, once and whole", "[sqlite][salvage]") {
    Strays strays;
    CHECK(strays.found().empty());
    const std::uint64_t inner = child_of(strays.path, root_page_of(strays.path, "notes"), 0);
    REQUIRE(std::to_integer<int>(page_of(strays.path, inner)[0]) == 5);
    const std::uint64_t first_leaf = child_of(strays.path, inner, 0);
    zero_page(strays.path, inner);
    const std::vector<std::int64_t> rows = strays.found();
    REQUIRE(rows.size() > 5'000);
    CHECK(rows.front() == 1);
    CHECK(rows.back() == static_cast<std::int64_t>(rows.size()));   // From the first to the last, without a hole.
    CHECK(std::ranges::is_sorted(rows));
    // And a page of them that is damaged itself costs its own rows.
    zero_page(strays.path, first_leaf);
    const std::vector<std::int64_t> fewer = strays.found();
    CHECK(fewer.front() > 1);
    CHECK(rows.size() - fewer.size() == static_cast<std::size_t>(fewer.front() - 1));
}

TEST_CASE("a single page that nothing leads to is read as well", "[sqlite][salvage]") {
    Strays strays;
    const std::uint64_t inner = child_of(strays.path, root_page_of(strays.path, "notes"), 0);
    lead_in_circles(strays.path, inner, 1);
    const std::vector<std::int64_t> rows = strays.found();
    CHECK(rows.size() > 20);
    CHECK(rows.size() < 200);
}

TEST_CASE("what was deleted is not taken for lost, nor another table's rows for this one's", "[sqlite][salvage]") {
    SECTION("deleted") {
        Strays strays("DELETE FROM notes WHERE id > 100");
        CHECK(strays.found().empty());
    }
    SECTION("other columns") {
        Strays strays("CREATE TABLE twins(a INTEGER NOT NULL, b INTEGER); INSERT INTO twins SELECT id, id FROM notes");
        zero_page(strays.path, root_page_of(strays.path, "twins"));
        CHECK(strays.found({"notes", "twins"}).empty());
    }
    SECTION("the same columns") {
        Strays strays("CREATE TABLE twins(id INTEGER PRIMARY KEY, body TEXT NOT NULL, weight REAL); INSERT INTO twins SELECT id, body, weight FROM notes");
        zero_page(strays.path, root_page_of(strays.path, "notes"));
        CHECK(strays.found().size() == kRows);
        CHECK(strays.found({"notes", "twins"}).size() < kRows);   // Rows of three columns are as likely the other's.
    }
}
