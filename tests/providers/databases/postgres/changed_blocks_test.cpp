#include "providers/databases/postgres/changed_blocks.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

constexpr std::uint32_t kSegmentPages = 131072;
constexpr RelationFiles kOrders{1663, 5, 16384};

WalRecord changing(const RelationFiles& relation, std::vector<std::uint32_t> blocks, RelationFork fork = RelationFork::Main) {
    WalRecord record;
    record.source = static_cast<std::uint8_t>(WalSource::Heap);
    for (const std::uint32_t block : blocks) record.blocks.push_back({.relation = relation, .fork = fork, .block = block});
    return record;
}

// A record that says something besides blocks; `main` must live as long as it.
WalRecord saying(WalSource source, std::uint8_t kind, ByteView main) {
    WalRecord record;
    record.source = static_cast<std::uint8_t>(source);
    record.kind = kind;
    record.version = 15;
    record.main = main;
    return record;
}

std::vector<PageRange> in_orders(const ChangedBlocks& changed, std::uint64_t pages, std::uint64_t before) {
    return changed.in_file({kOrders}, pages, before, kSegmentPages).value();
}

}  // namespace

TEST_CASE("what records name has changed, whoever wrote them, and nothing else", "[postgres][wal]") {
    ChangedBlocks changed;
    changed.take(changing(kOrders, {3, 4}));
    changed.take(changing(kOrders, {4, 9, 70'000}));
    changed.take(changing({1663, 5, 16385}, {1}));
    CHECK(in_orders(changed, 80'000, 80'000) == std::vector<PageRange>{{3, 2}, {9, 1}, {70'000, 1}});
    CHECK(changed.in_file({{1663, 5, 20000}}, 10, 10, kSegmentPages)->empty());
    CHECK(changed.in_file({{1663, 6, 16384}}, 10, 10, kSegmentPages)->empty());
}

TEST_CASE("blocks of a large relation stand in the file that they are in", "[postgres][wal]") {
    ChangedBlocks changed;
    changed.take(changing(kOrders, {kSegmentPages - 1, kSegmentPages, kSegmentPages + 7}));
    CHECK(in_orders(changed, kSegmentPages, kSegmentPages) == std::vector<PageRange>{{kSegmentPages - 1, 1}});
    CHECK(changed.in_file({.relation = kOrders, .segment = 1}, 10, 10, kSegmentPages) == std::vector<PageRange>{{0, 1}, {7, 1}});
}

TEST_CASE("pages behind the end of what was there before are all read", "[postgres][wal]") {
    const ChangedBlocks nothing;
    CHECK(in_orders(nothing, 5, 3) == std::vector<PageRange>{{3, 2}});
    CHECK(in_orders(nothing, 2, 3).empty());
}

TEST_CASE("what was cut off and grew again is not what it was", "[postgres][wal]") {
    ByteWriter main;
    main.u32(4);   // Blocks that are left.
    for (const std::uint32_t number : {1663u, 5u, 16384u, 1u}) main.u32(number);
    ChangedBlocks changed;
    changed.take(saying(WalSource::Storage, 0x20, main.bytes()));
    CHECK(in_orders(changed, 6, 10) == std::vector<PageRange>{{4, 2}});
}

TEST_CASE("a relation that was made or removed is not what had its number before", "[postgres][wal]") {
    ByteWriter main;
    for (const std::uint32_t number : {1663u, 5u, 16384u, 0u}) main.u32(number);
    ChangedBlocks made;
    made.take(saying(WalSource::Storage, 0x10, main.bytes()));
    CHECK(in_orders(made, 2, 10) == std::vector<PageRange>{{0, 2}});

    ByteWriter abort;
    abort.u64(0);
    abort.u32(4);   // It names relations.
    for (const std::uint32_t number : {1u, 1663u, 5u, 16384u}) abort.u32(number);
    ChangedBlocks removed;
    removed.take(saying(WalSource::Transaction, 0x80 | 0x20, abort.bytes()));
    CHECK(in_orders(removed, 2, 10) == std::vector<PageRange>{{0, 2}});
}

TEST_CASE("of a database that was copied from its template nothing is known", "[postgres][wal]") {
    ByteWriter main;
    for (const std::uint32_t number : {5u, 1663u, 1u, 1663u}) main.u32(number);
    ChangedBlocks changed;
    changed.take(saying(WalSource::Database, 0x00, main.bytes()));
    CHECK_FALSE(changed.in_file({kOrders}, 3, 3, kSegmentPages));
    CHECK(changed.in_file({{1663, 6, 16384}}, 3, 3, kSegmentPages));
}

TEST_CASE("of maps that change without a word in the log nothing is known", "[postgres][wal]") {
    ChangedBlocks changed;
    changed.take(changing(kOrders, {0}, RelationFork::Visibility));
    for (const RelationFork fork : {RelationFork::FreeSpace, RelationFork::Visibility, RelationFork::Init}) CHECK_FALSE(changed.in_file({kOrders, fork}, 3, 3, kSegmentPages));
    CHECK(in_orders(changed, 3, 3).empty());
}
