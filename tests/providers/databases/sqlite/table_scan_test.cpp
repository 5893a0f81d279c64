#include "providers/databases/sqlite/table_scan.hpp"

#include <catch2/catch.hpp>

#include "providers/databases/sqlite/row_shapes.hpp"
#include "tests/support/damage.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

struct Scanned {
    std::vector<std::int64_t> keys;
    std::vector<std::string> gaps;
};

Scanned scan(const fs::path& path, const std::string& name, const CancelToken& cancel = {}) {
    Connection connection = Connection::open(path, OpenMode::ReadOnly);
    connection.execute("PRAGMA cell_size_check=ON");
    Scanned scanned;
    for (const TableShape& table : table_shapes(connection, SchemaTrust::Damaged)) {
        if (table.name != name) continue;
        const auto take = [&](const SqlRow& row) {
            scanned.keys.push_back(std::get<std::int64_t>(row[0]));
            return true;
        };
        scanned.gaps = scan_table(connection, table, take, cancel);
    }
    return scanned;
}

}  // namespace

TEST_CASE("row numbers far apart are found again behind a bad page", "[sqlite][salvage]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "sparse.db";
    Connection::open(path, OpenMode::Create)
        .execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                 "INSERT INTO t SELECT i * 1000000007, hex(zeroblob(50)) FROM n; INSERT INTO t VALUES (-9000000000000000000, 'low')");
    zero_page(path, child_of(path, root_page_of(path, "t"), 7));
    const Scanned scanned = scan(path, "t");
    CHECK(scanned.keys.size() > 2900);
    CHECK(scanned.keys.size() < 3001);
    CHECK(scanned.keys.front() == -9'000'000'000'000'000'000);
    CHECK(scanned.keys.back() == 3000 * 1'000'000'007LL);
    CHECK(scanned.gaps.size() == 1);
}

TEST_CASE("a sound table has no gaps, and an empty one no rows", "[sqlite][salvage]") {
    const TemporaryFolder folder;
    Connection::open(folder / "t.db", OpenMode::Create).execute("CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE TABLE e(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
    CHECK(scan(folder / "t.db", "t").keys == std::vector<std::int64_t>{1, 2});
    CHECK(scan(folder / "t.db", "t").gaps.empty());
    CHECK(scan(folder / "t.db", "e").keys.empty());
}
