#include "engine/repository/pack_format.hpp"

#include "engine/repository/piece_cipher.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

bool same(const PackEntry& a, const PackEntry& b) {
    return a.kind == b.kind && a.codec == b.codec && a.identity == b.identity && a.offset == b.offset && a.stored_bytes == b.stored_bytes &&
           a.plain_bytes == b.plain_bytes;
}

std::vector<PackEntry> random_entries(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<PackEntry> entries;
    std::uint64_t offset = kPackHeaderBytes;
    for (std::size_t i = 0; i < count; ++i) {
        PackEntry entry{.kind = EntryKind::Plain,
                        .codec = static_cast<Codec>(random() % 3),
                        .identity = identity_of(static_cast<unsigned>(random())),
                        .offset = offset,
                        .stored_bytes = static_cast<std::uint32_t>(16 + random() % (kChunkBytesMax + 1)),
                        .plain_bytes = static_cast<std::uint32_t>(1 + random() % kChunkBytesMax)};
        offset += entry.stored_bytes;
        entries.push_back(entry);
    }
    return entries;
}

std::uint64_t end_of(const std::vector<PackEntry>& entries) {
    return entries.empty() ? kPackHeaderBytes : entries.back().offset + entries.back().stored_bytes;
}

Bytes entry_record(std::uint64_t stored, std::uint64_t plain) {
    ByteWriter record;
    record.u8(0);
    record.u8(0);
    record.raw(identity_of(1));
    record.varint(stored);
    record.varint(plain);
    return record.take();
}

Bytes footer_of_one(ByteView record) {
    ByteWriter footer;
    footer.varint(1);
    footer.sized(record);
    return footer.take();
}

}  // namespace

TEST_CASE("a footer is read as it was written and says where every chunk is", "[repository][pack-format]") {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{300}}) {
        const auto entries = random_entries(count, count);
        const auto read = decode_pack_footer(encode_pack_footer(entries), end_of(entries));
        REQUIRE(read.size() == count);
        CHECK(std::equal(read.begin(), read.end(), entries.begin(), same));
    }
}

TEST_CASE("the header of a pack is 64 bytes that name pack and owner", "[repository][pack-format]") {
    const Bytes header = encode_pack_header(Suite::Aes256Gcm, pack_id(1), key_id(2));
    REQUIRE(header.size() == kPackHeaderBytes);
    ByteReader reader(header, "pack");
    expect_magic(reader, kPackMagic, "pack");
    CHECK(reader.u8() == 1);
    reader.raw(7);
    CHECK(id_from_bytes<PackId>(reader.raw(16)) == pack_id(1));
    CHECK(id_from_bytes<KeyId>(reader.raw(16)) == key_id(2));
    CHECK(header != encode_pack_header(Suite::Checksum, pack_id(1), key_id(2)));
    CHECK(header != encode_pack_header(Suite::Aes256Gcm, pack_id(1), key_id(3)));
}

TEST_CASE("a trailer says how long the footer is as far as the pack has room for it", "[repository][pack-format]") {
    const Bytes trailer = encode_pack_trailer(1000);
    REQUIRE(trailer.size() == kPackTrailerBytes);
    CHECK(decode_pack_trailer(trailer, 64 + 1000 + 16) == 1000);
    CHECK(code_thrown_by([&] { decode_pack_trailer(trailer, 64 + 1000 + 16 - 1); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([&] { decode_pack_trailer(trailer, 0); }) == ErrorCode::Corrupt);
    for (const std::uint32_t bytes : {0u, 15u, (96u << 20) + 1, 0xffffffffu}) {
        CHECK(code_thrown_by([&] { decode_pack_trailer(encode_pack_trailer(bytes), ~std::uint64_t{0}); }) == ErrorCode::Corrupt);
    }
}

TEST_CASE("a trailer cut or changed is refused or another length", "[repository][pack-format]") {
    const Bytes trailer = encode_pack_trailer(1000);
    each_truncation(trailer, [&](const Bytes& part) { CHECK(refuses([&] { decode_pack_trailer(part, 1u << 20); })); });
    each_flipped_bit(trailer, [&](const Bytes& flipped) {
        refuses([&] {
            const std::uint32_t footer_bytes = decode_pack_trailer(flipped, 1u << 20);
            CHECK(footer_bytes != 1000);
        });
    });
    Bytes longer = trailer;
    longer.push_back(std::byte{0});
    CHECK(refuses([&] { decode_pack_trailer(longer, 1u << 20); }));
}

TEST_CASE("entries that do not fill their pack are refused", "[repository][pack-format]") {
    const auto entries = random_entries(5, 1);
    const Bytes footer = encode_pack_footer(entries);
    for (const std::uint64_t end : {std::uint64_t{0}, end_of(entries) - 1, end_of(entries) + 1, ~std::uint64_t{0}}) {
        CHECK(code_thrown_by([&] { decode_pack_footer(footer, end); }) == ErrorCode::Corrupt);
    }
}

TEST_CASE("lengths and counts of entries are checked before they are believed", "[repository][pack-format]") {
    for (const auto& [stored, plain] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
             {15, 1}, {0, 1}, {16, 0}, {16, kChunkBytesMax + 1}, {kChunkBytesMax + 17, 1}, {~std::uint64_t{0}, 1}, {16, ~std::uint64_t{0}}, {(1ull << 32) + 16, 1}}) {
        CHECK(code_thrown_by([&] { decode_pack_footer(footer_of_one(entry_record(stored, plain)), kPackHeaderBytes + stored); }) == ErrorCode::Corrupt);
    }
    CHECK_NOTHROW(decode_pack_footer(footer_of_one(entry_record(16, 1)), kPackHeaderBytes + 16));
    CHECK_NOTHROW(decode_pack_footer(footer_of_one(entry_record(kChunkBytesMax + 16, kChunkBytesMax)), kPackHeaderBytes + kChunkBytesMax + 16));
    for (const std::uint64_t count : {std::uint64_t{2}, std::uint64_t{kPackEntriesMax} + 1, ~std::uint64_t{0}}) {
        ByteWriter footer;
        footer.varint(count);
        footer.raw(Bytes(60));
        CHECK(code_thrown_by([&] { decode_pack_footer(footer.bytes(), kPackHeaderBytes); }) == ErrorCode::Corrupt);
    }
}

TEST_CASE("what a later version adds to an entry is skipped and its kind is kept", "[repository][pack-format]") {
    Bytes record = entry_record(100, 200);
    record[0] = std::byte{9};
    record.push_back(std::byte{1});
    const auto entries = decode_pack_footer(footer_of_one(record), kPackHeaderBytes + 100);
    REQUIRE(entries.size() == 1);
    CHECK(static_cast<int>(entries[0].kind) == 9);
    CHECK(entries[0].plain_bytes == 200);
}

TEST_CASE("a footer cut anywhere is refused and one with a bit changed never reads beyond itself", "[repository][pack-format]") {
    const auto entries = random_entries(6, 2);
    const Bytes footer = encode_pack_footer(entries);
    each_truncation(footer, [&](const Bytes& part) { CHECK(refuses([&] { decode_pack_footer(part, end_of(entries)); })); });
    each_flipped_bit(footer, [&](const Bytes& flipped) { refuses([&] { decode_pack_footer(flipped, end_of(entries)); }); });
}

TEST_CASE("what a chunk is sealed with names its pack and its identity", "[repository][pack-format]") {
    const auto associated = chunk_associated(pack_id(1), identity_of(1));
    CHECK(std::equal(associated.begin(), associated.begin() + 16, pack_id(1).bytes.begin()));
    CHECK(associated != chunk_associated(pack_id(2), identity_of(1)));
    CHECK(associated != chunk_associated(pack_id(1), identity_of(2)));
}
