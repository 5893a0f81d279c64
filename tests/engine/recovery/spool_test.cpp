#include "engine/recovery/spool.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

TableShape orders_shape() {
    TableShape shape;
    shape.name = "orders";
    shape.columns = {"id", "note"};
    shape.key = {0};
    shape.create_sql = "CREATE TABLE orders(id INTEGER PRIMARY KEY, note)";
    shape.create_also = {"CREATE INDEX by_note ON orders(note)"};
    return shape;
}

std::string write_spool(const fs::path& path, std::int64_t rows) {
    SpoolWriter writer(path, SpoolKind::Missing);
    writer.add_table(orders_shape(), true);
    for (std::int64_t i = 0; i < rows; ++i) writer.add_row(SpoolMark::Missing, {i, std::string(100, 'x')});
    return writer.finish();
}

}  // namespace

TEST_CASE("a spool gives back what was put in", "[recovery][spool]") {
    const TemporaryFolder folder;
    const std::string digest = write_spool(folder / "lost", 10'000);   // Several blocks.
    SpoolReader reader(folder / "lost", SpoolKind::Missing);
    CHECK(reader.digest() == digest);
    const SpoolRecord* record = reader.next();
    REQUIRE(record != nullptr);
    REQUIRE(record->mark == SpoolMark::Table);
    CHECK(record->table.whole);
    CHECK(record->table.shape.create_also == orders_shape().create_also);
    std::int64_t rows = 0;
    while ((record = reader.next()) != nullptr) {
        if (record->row != SqlRow{rows, std::string(100, 'x')}) FAIL("row " << rows);
        ++rows;
    }
    CHECK(rows == 10'000);
    CHECK(reader.next() == nullptr);
}

TEST_CASE("the same rows have the same digest and other rows another", "[recovery][spool]") {
    const TemporaryFolder folder;
    const std::string first = write_spool(folder / "a", 5);
    CHECK(write_spool(folder / "b", 5) == first);
    CHECK(write_spool(folder / "c", 6) != first);
}

TEST_CASE("any damaged byte of a spool is noticed", "[recovery][spool]") {
    const TemporaryFolder folder;
    write_spool(folder / "lost", 20);
    const Bytes whole = read_file(folder / "lost", 1 << 20);
    for (std::size_t at = 0; at < whole.size(); at += 7) {
        Bytes damaged = whole;
        damaged[at] ^= std::byte{0x10};
        write_file_durably(folder / "damaged", damaged);
        CAPTURE(at);
        REQUIRE(code_thrown_by([&] { SpoolReader(folder / "damaged", SpoolKind::Missing); }) == ErrorCode::Corrupt);
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{10}, whole.size() - 1}) {
        write_file_durably(folder / "damaged", std::span(whole).first(size));
        REQUIRE(code_thrown_by([&] { SpoolReader(folder / "damaged", SpoolKind::Missing); }) == ErrorCode::Corrupt);
    }
}

TEST_CASE("an undo file is not taken for a spool", "[recovery][spool]") {
    const TemporaryFolder folder;
    write_spool(folder / "lost", 1);
    CHECK(code_thrown_by([&] { SpoolReader(folder / "lost", SpoolKind::Undo); }) == ErrorCode::Corrupt);
}

TEST_CASE("a spool that is not finished leaves nothing", "[recovery][spool]") {
    const TemporaryFolder folder;
    { SpoolWriter(folder / "lost", SpoolKind::Missing).add_table(orders_shape(), false); }
    CHECK(fs::is_empty(folder.path()));
}
