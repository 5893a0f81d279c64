#include "engine/repository/stored_pack.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

Bytes read_range(Store& store, const std::string& object, std::uint64_t offset, std::size_t size) {
    Bytes bytes(size);
    store.get_range(object, offset, bytes);
    return bytes;
}

KeyId owner_in_header(ByteView header, const PackId& id, const std::string& object) {
    ByteReader reader(header, object);
    expect_magic(reader, kPackMagic, object);
    reader.raw(8);
    if (id_from_bytes<PackId>(reader.raw(16)) != id) throw Error(ErrorCode::Corrupt, object + " says it is another pack");
    return id_from_bytes<KeyId>(reader.raw(16));
}

}  // namespace

KeyId owner_of_pack(Store& store, const PackId& id) {
    const std::string object = pack_object(id);
    return owner_in_header(read_range(store, object, 0, kPackHeaderBytes), id, object);
}

StoredPack::StoredPack(Store& store, Suite suite, const PackId& id, const Secret& key)
    : store_(store), object_(pack_object(id)), cipher_(suite, key) {
    const auto facts = store.look_at(object_);
    if (!facts) throw Error(ErrorCode::Missing, object_ + " is not in the store");
    if (facts->bytes < kPackHeaderBytes + kPackTrailerBytes) throw Error(ErrorCode::Corrupt, object_ + " is cut short");
    const Bytes header = read_range(store, object_, 0, kPackHeaderBytes);
    const Bytes trailer = read_range(store, object_, facts->bytes - kPackTrailerBytes, kPackTrailerBytes);
    const std::uint32_t footer_bytes = decode_pack_trailer(trailer, facts->bytes);
    const std::uint64_t footer_at = facts->bytes - kPackTrailerBytes - footer_bytes;
    const auto footer = cipher_.open(kFooterNonce, header, read_range(store, object_, footer_at, footer_bytes));
    if (!footer) throw Error(ErrorCode::Corrupt, "the footer of " + object_ + " does not authenticate");
    contents_ = {.id = id, .owner = owner_in_header(header, id, object_), .bytes = facts->bytes, .entries = decode_pack_footer(*footer, footer_at)};
}

Bytes StoredPack::read_compressed(std::uint32_t number) {
    HOLDFAST_CHECK(number < contents_.entries.size());
    const PackEntry& entry = contents_.entries[number];
    if (entry.kind != EntryKind::Plain) {
        throw Error(ErrorCode::Unavailable, object_ + " holds page deltas, which this version cannot read", "Use a newer version of Holdfast.");
    }
    const Bytes sealed = read_range(store_, object_, entry.offset, entry.stored_bytes);
    auto content = cipher_.open(number, chunk_associated(contents_.id, entry.identity), sealed);
    if (!content) throw Error(ErrorCode::Corrupt, fmt::format("chunk {} of {} does not authenticate", number, object_));
    return std::move(*content);
}

void StoredPack::read_plain(std::uint32_t number, Bytes& out) {
    const Bytes content = read_compressed(number);
    const PackEntry& entry = contents_.entries[number];
    out.resize(entry.plain_bytes);
    decompressor_.decompress(entry.codec, content, out);
}

}  // namespace holdfast
