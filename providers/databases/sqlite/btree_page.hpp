// One page of a b-tree as bytes say it is: what kind, which children, which overflow chains begin in it. Everything is
// checked against the page, so that a damaged one gives less, never a read beyond it. SQLite's "Database File Format", section 1.6.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"

namespace holdfast {

struct BtreePage {
    bool is_leaf = false;
    std::vector<std::uint32_t> children;     // From 1, left to right; of an interior page.
    std::vector<std::uint32_t> overflows;    // First pages of chains.
};

// `number` counts from 1. `usable_bytes`: the page's size without what is reserved at its end. Nothing where it is no page of a b-tree.
std::optional<BtreePage> read_btree_page(ByteView page, std::uint32_t number, std::uint32_t usable_bytes);

// Big-endian, as everything in a SQLite file. Requires: four bytes are there.
std::uint32_t read_number(ByteView bytes, std::size_t at);

}  // namespace holdfast
