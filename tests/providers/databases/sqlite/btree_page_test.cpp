#include "providers/databases/sqlite/btree_page.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

Bytes page_of(std::initializer_list<int> begin, std::size_t size = 512) {
    Bytes page(size);
    std::size_t at = 0;
    for (const int value : begin) page[at++] = static_cast<std::byte>(value);
    return page;
}

}  // namespace

TEST_CASE("the children of an interior page come left to right", "[sqlite][owners]") {
    Bytes page = page_of({5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 9, 0x01, 0x00, 0x01, 0x10});
    page[0x103] = std::byte{7};
    page[0x113] = std::byte{8};
    const auto read = read_btree_page(page, 2, 512);
    REQUIRE(read);
    CHECK_FALSE(read->is_leaf);
    CHECK(read->children == std::vector<std::uint32_t>{7, 8, 9});
}

TEST_CASE("a payload that is too long for its page names its chain", "[sqlite][owners]") {
    // A table leaf of 512 bytes keeps at most 477 of a payload; of 1000 bytes (0x87 0x68) it keeps 39 + (1000 - 39) % 508 = 492 > 477, so 39.
    Bytes page = page_of({13, 0, 0, 0, 1, 0, 0, 0, 0x01, 0x00});
    page[0x100] = std::byte{0x87};
    page[0x101] = std::byte{0x68};
    page[0x102] = std::byte{1};
    page[0x103 + 39 + 3] = std::byte{44};
    const auto read = read_btree_page(page, 2, 512);
    REQUIRE(read);
    CHECK(read->is_leaf);
    CHECK(read->overflows == std::vector<std::uint32_t>{44});
}

TEST_CASE("cells that lie beyond the page are left out", "[sqlite][owners]") {
    const auto read = read_btree_page(page_of({2, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 9, 0xff, 0xff, 0x01, 0xff}), 2, 512);
    REQUIRE(read);
    CHECK(read->children.back() == 9);
    CHECK_FALSE(read_btree_page(page_of({1}), 2, 512));
    CHECK_FALSE(read_btree_page(page_of({13}), 2, 100));
    CHECK_FALSE(read_btree_page(page_of({13}), 1, 512));
}
