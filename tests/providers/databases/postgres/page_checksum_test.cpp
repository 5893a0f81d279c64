#include "providers/databases/postgres/damaged_pages.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

// A page with pd_upper set, its LSN, and the right checksum for block 7.
Bytes page_at(Lsn lsn) {
    Bytes page(8192, std::byte{0x5A});
    const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) page[at + i] = std::byte(value >> (8 * i));
    };
    put(0, lsn.bytes >> 32, 4);
    put(4, lsn.bytes & 0xFFFFFFFF, 4);
    put(8, page_checksum(page, 7), 2);
    return page;
}

}  // namespace

TEST_CASE("a page knows its place in the log and its checksum", "[postgres][checksum]") {
    const Bytes page = page_at(Lsn{0x100000020});
    CHECK(lsn_of_page(page) == Lsn{0x100000020});
    CHECK(stored_checksum(page) == page_checksum(page, 7));
    CHECK(page_is_sound(page, 7, Lsn{0x200000000}));
    CHECK_FALSE(page_is_sound(page, 8, Lsn{0x200000000}));   // Another block's content.
}

TEST_CASE("any bit of a page changes its checksum", "[postgres][checksum]") {
    const Bytes page = page_at(Lsn{5});
    for (std::size_t bit = 0; bit < page.size() * 8; bit += 61) {
        Bytes other = page;
        other[bit / 8] ^= std::byte(1U << (bit % 8));
        if (bit / 8 < 8 || bit / 8 == 14 || bit / 8 == 15) continue;   // Its LSN, and whether it is new, are looked at first.
        CAPTURE(bit);
        CHECK_FALSE(page_is_sound(other, 7, Lsn{0x1000000000000000}));
    }
}

TEST_CASE("what the log will bring back whole is no damage", "[postgres][checksum]") {
    Bytes page = page_at(Lsn{1000});
    page[4000] ^= std::byte{1};
    CHECK(page_is_sound(page, 7, Lsn{1000}));
    CHECK_FALSE(page_is_sound(page, 7, Lsn{1001}));
    CHECK(page_is_sound(Bytes(8192), 7, Lsn{1001}));   // Never initialised.
}

TEST_CASE("damaged pages are named by file and page, the first hundred of them", "[postgres][checksum]") {
    Bytes bad = page_at(Lsn{1000});
    bad[4000] ^= std::byte{1};
    DamagedPages damaged(true, Lsn{2000});
    damaged.look("base/5/16384.1", 0, 7, page_at(Lsn{1000}));
    damaged.look("base/5/16384.1", 131072, 7, bad);
    CHECK(damaged.count() == 1);
    CHECK(damaged.problems().at(0).where == "base/5/16384.1 page 7");
    for (int i = 0; i < 200; ++i) damaged.look("x", 0, 1, bad);
    CHECK(damaged.count() == 201);
    CHECK(damaged.problems().size() == 100);
    DamagedPages unchecked(false, Lsn{2000});
    unchecked.look("x", 0, 1, bad);
    CHECK(unchecked.count() == 0);
}
