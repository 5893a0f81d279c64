#include "providers/databases/sqlite/wal_index.hpp"

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

WalIndex index_of(Connection& connection) {
    connection.integer("SELECT count(*) FROM orders");
    return read_wal_index(connection.handle()).value();
}

}  // namespace

TEST_CASE("the index moves with every commit and back with a checkpoint", "[sqlite][wal]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db", {.page_bytes = 65536});
    Connection connection = Connection::open(folder / "shop.db", OpenMode::ReadWrite);
    const WalIndex before = index_of(connection);
    CHECK(index_of(connection).header == before.header);
    add_sample_orders(folder / "shop.db", 1);
    const WalIndex after = index_of(connection);
    CHECK(after.header.last_frame() > before.header.last_frame());
    CHECK(after.header.page_bytes() == 65536);
    CHECK(after.header.pages() == connection.integer("PRAGMA page_count"));
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)");
    const WalIndex settled = index_of(connection);
    CHECK(settled.header == after.header);
    CHECK(settled.backfilled == settled.header.last_frame());
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    CHECK(index_of(connection).header.salts() != after.header.salts());
}

TEST_CASE("an empty log has no frames", "[sqlite][wal]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db");
    Connection connection = Connection::open(folder / "shop.db", OpenMode::ReadWrite);
    CHECK(index_of(connection).header.last_frame() == 0);
}
