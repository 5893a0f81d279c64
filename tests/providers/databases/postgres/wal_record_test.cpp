#include "providers/databases/postgres/wal_record.hpp"

#include <catch2/catch.hpp>

#include "providers/databases/postgres/wal_records.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/wal_builder.hpp"

using namespace holdfast;

namespace {

struct Block {
    std::uint8_t id = 0, flags = 0;
    std::optional<RelationFiles> relation;
    std::uint32_t block = 0;
    std::size_t content = 0;
    std::optional<std::uint8_t> image;   // How it was compressed.
};

void put_header(ByteWriter& out, const Block& block) {
    out.u8(block.id);
    out.u8(static_cast<std::uint8_t>(block.flags | (block.image ? 0x10 : 0) | (block.relation ? 0 : 0x80)));
    out.u16(static_cast<std::uint16_t>(block.content));
    if (block.image) {
        out.u16(100);
        out.u16(40);
        out.u8(*block.image);
        if ((*block.image & 1U) != 0 && (*block.image & 0x1eU) != 0) out.u16(8000);
    }
    if (block.relation) {
        out.u32(block.relation->space);
        out.u32(block.relation->database);
        out.u32(block.relation->relation);
    }
    out.u32(block.block);
}

// The blocks that a reader sees, of a record with these and six bytes of its own.
std::vector<WalBlock> blocks_read(unsigned version, const std::vector<Block>& blocks) {
    ByteWriter out;
    std::size_t payload = 0;
    for (const Block& block : blocks) {
        put_header(out, block);
        payload += block.content + (block.image ? 100 : 0);
    }
    out.u8(253);
    out.u16(3);
    out.u8(252);
    out.u32(99);
    out.u8(255);
    out.u8(6);
    out.raw(Bytes(payload, std::byte{0xee}));
    out.raw(as_bytes("inside"));
    WalBuilder wal({.version = version});
    wal.record(WalSource::Heap, 0, 1, out.bytes());
    std::vector<WalBlock> seen;
    WalRecords records(wal.options().begin, wal.options().segment_bytes);
    records.feed(wal.bytes(), [&](const WalRecord& record) {
        seen = record.blocks;
        CHECK(as_text(record.main) == "inside");
    });
    return seen;
}

}  // namespace

TEST_CASE("a record's blocks are read with and without images, of every version", "[postgres][wal]") {
    const RelationFiles table{1663, 5, 16384}, other{1664, 0, 1262};
    struct Case { unsigned version; std::uint8_t image; };
    // Compressed images with a hole have two bytes more; since 15 other bits say so.
    for (const Case& each : {Case{13, 0x01}, Case{13, 0x03}, Case{14, 0x05}, Case{15, 0x01}, Case{15, 0x07}, Case{16, 0x0b}, Case{18, 0x13}}) {
        if (each.version < 15 && each.image == 0x05) continue;
        INFO("version " << each.version << ", image " << int{each.image});
        const auto seen = blocks_read(each.version, {{.id = 0, .flags = 0x20, .relation = table, .block = 7, .content = 30, .image = {}},
                                                     {.id = 1, .flags = 0x02, .relation = {}, .block = 0, .content = 0, .image = each.image},
                                                     {.id = 2, .flags = 0x00, .relation = other, .block = 4'000'000'000, .content = 9, .image = {}}});
        REQUIRE(seen.size() == 3);
        CHECK(seen[0] == WalBlock{table, RelationFork::Main, 7, false});
        CHECK(seen[1] == WalBlock{table, RelationFork::Visibility, 0, true});
        CHECK(seen[2] == WalBlock{other, RelationFork::Main, 4'000'000'000, false});
    }
}

TEST_CASE("a record whose parts do not add up is refused", "[postgres][wal]") {
    WalBuilder wal;
    const auto refuses = [&](std::initializer_list<int> payload) {
        Bytes bytes;
        for (const int each : payload) bytes.push_back(static_cast<std::byte>(each));
        WalBuilder one;
        one.record(WalSource::Heap, 0, 1, bytes);
        WalRecords records(one.options().begin, one.options().segment_bytes);
        return code_thrown_by([&] { records.feed(one.bytes(), [](const WalRecord&) {}); }) == ErrorCode::Corrupt;
    };
    CHECK(refuses({255, 9, 1, 2}));              // Less than it says.
    CHECK(refuses({255, 1, 1, 2}));              // More.
    CHECK(refuses({100, 0, 0, 0}));              // No such block.
    CHECK(refuses({0, 0x80, 0, 0, 0, 0, 0, 0})); // The relation of the block before, and there is none.
    CHECK(refuses({0, 0x07, 0, 0}));             // No such fork.
    CHECK(refuses({254, 255, 255, 255, 255}));
    CHECK_FALSE(refuses({255, 1, 1}));
}
