#include "providers/databases/postgres/wal_page.hpp"

#include <catch2/catch.hpp>

#include "tests/support/wal_builder.hpp"

using namespace holdfast;

TEST_CASE("the first page of a segment says which cluster and version it is of", "[postgres][wal]") {
    for (unsigned version = 13; version <= 18; ++version) {
        const WalBuilder wal({.version = version, .system = 77, .timeline = 3});
        std::string why;
        REQUIRE(is_long_header(wal.bytes()));
        const auto header = parse_wal_page(wal.bytes(), why);
        REQUIRE(header);
        CHECK(header->version == version);
        CHECK(header->system == 77);
        CHECK(header->timeline == 3);
        CHECK(header->segment_bytes == kWalSegmentBytesLeast);
        CHECK(header->at == wal.options().begin);
    }
}

TEST_CASE("a page that a record goes on in says how much of it is left", "[postgres][wal]") {
    WalBuilder wal;
    wal.plain(WalSource::Heap, 0, 1, Bytes(10000));
    std::string why;
    const auto header = parse_wal_page(ByteView(wal.bytes()).subspan(kWalPageBytes), why);
    REQUIRE(header);
    CHECK_FALSE(header->is_long);
    CHECK(header->continues_record);
    CHECK(header->left_of_record == kWalRecordHeaderBytes + 5 + 10000 - (kWalPageBytes - kWalLongHeaderBytes));
}

TEST_CASE("a page that no server wrote is named for what is wrong with it", "[postgres][wal]") {
    const auto why_with = [](std::size_t at, std::uint8_t value) {
        Bytes bytes = WalBuilder().bytes();
        bytes[at] = std::byte{value};
        std::string why;
        CHECK_FALSE(parse_wal_page(bytes, why));
        return why;
    };
    CHECK(why_with(1, 0) == "no PostgreSQL from 13 to 18 wrote it (magic 0010)");
    CHECK(why_with(8, 1) == "its header makes no sense");
    CHECK(why_with(34, 0x30) == "it has segments of 3145728 bytes and pages of 8192");
    std::string why;
    CHECK_FALSE(parse_wal_page(Bytes(kWalLongHeaderBytes), why));
    CHECK(why == "nothing was written there");
}
