#include "providers/databases/sqlite/swap_record.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("the record of a swap comes back as it was written", "[sqlite][swap]") {
    const TemporaryFolder folder;
    write_swap_record(folder / "record", {.copy = "/a\nb", .live = "/c", .staged = "/d", .old = "/e", .taken_out = "/f", .had_main = false});
    const SwapRecord record = read_swap_record(folder / "record");
    CHECK(record.copy == "/a\nb");
    CHECK(record.taken_out == "/f");
    CHECK_FALSE(record.had_main);
}

TEST_CASE("what is no record of a swap is refused", "[sqlite][swap]") {
    const TemporaryFolder folder;
    CHECK(code_thrown_by([&] { read_swap_record(folder / "record"); }) == ErrorCode::Missing);
    write_file_durably(folder / "record", as_bytes("HFSWAP_1\xff\xff\xff\xff\xff"));
    CHECK(code_thrown_by([&] { read_swap_record(folder / "record"); }) == ErrorCode::Corrupt);
    write_file_durably(folder / "record", as_bytes("something else"));
    CHECK(code_thrown_by([&] { read_swap_record(folder / "record"); }) == ErrorCode::Corrupt);
}

TEST_CASE("a file that is not there has no number", "[sqlite][swap]") {
    const TemporaryFolder folder;
    CHECK(inode_of(folder / "none") == 0);
    write_file_durably(folder / "some", as_bytes("x"));
    CHECK(inode_of(folder / "some") != 0);
}
