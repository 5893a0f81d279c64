// Any bytes at all: they are a pack's trailer and footer, a chunk of page deltas, an index, moves, a compressed body, a key object or
// repository.json, or they are refused. What was read can be written and is read again the same.
#include <cstdlib>

#include "engine/base/error.hpp"
#include "engine/repository/codec.hpp"
#include "engine/repository/delta_bases.hpp"
#include "engine/repository/delta_chunk.hpp"
#include "engine/repository/index_object.hpp"
#include "engine/repository/key_object.hpp"
#include "engine/repository/pack_format.hpp"
#include "engine/repository/page_delta.hpp"
#include "engine/repository/settings.hpp"

namespace {

using namespace holdfast;

template <typename Work>
void read_or_refuse(Work&& work) {
    try {
        work();
    } catch (const Error& error) {
        if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Unavailable) std::abort();
    }
}

// The first eight bytes say where the entries end.
void read_footer(ByteView bytes) {
    ByteReader reader(bytes);
    const std::uint64_t entries_end = reader.u64();
    const std::vector<PackEntry> entries = decode_pack_footer(reader.raw(reader.left()), entries_end);
    const Bytes written = encode_pack_footer(entries);
    if (encode_pack_footer(decode_pack_footer(written, entries_end)) != written) std::abort();
}

// The first eight bytes are the plain length. Every frame becomes a page, or is refused.
void read_deltas(ByteView bytes) {
    ByteReader reader(bytes);
    const std::uint64_t plain_bytes = reader.u64();
    const DeltaChunk chunk = decode_delta_chunk(reader.raw(reader.left()), plain_bytes);
    const Bytes written = encode_delta_chunk(chunk);
    if (encode_delta_chunk(decode_delta_chunk(written, plain_bytes)) != written) std::abort();
    const Bytes base(4096, std::byte{7});
    Bytes page(base.size());
    PageDeltaDecoder decoder;
    for (const PageDelta& delta : chunk.pages) {
        read_or_refuse([&] { decoder.decode(delta.frame, base, page); });
    }
}

void read_bases(ByteView bytes) {
    ByteReader reader(bytes);
    const DeltaBases bases = read_delta_bases(reader, 16);
    ByteWriter written;
    write_delta_bases(written, bases);
    ByteReader again(written.bytes());
    if (read_delta_bases(again, 16).chunks().size() != bases.chunks().size()) std::abort();
}

void read_index(ByteView bytes) {
    std::vector<PackContents> packs;
    decode_index(bytes, [&](const PackContents& pack) { packs.push_back(pack); });
    const Bytes written = encode_index(packs);
    std::size_t again = 0;
    decode_index(written, [&](const PackContents&) { ++again; });
    if (again != packs.size()) std::abort();
}

void read_moves(ByteView bytes) {
    Relocations moves;
    decode_relocations(bytes, moves);
    for (const auto& [pack, runs] : moves.all()) {
        for (const MovedRun& run : runs) (void)moves.find(pack, run.first);   // Ends, whatever moved where.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes = std::as_bytes(std::span(data, size));
    read_or_refuse([&] { decode_pack_trailer(bytes, std::uint64_t{64} << 20); });
    read_or_refuse([&] { read_footer(bytes); });
    read_or_refuse([&] { read_deltas(bytes); });
    read_or_refuse([&] { read_bases(bytes); });
    read_or_refuse([&] { read_index(bytes); });
    read_or_refuse([&] { read_moves(bytes); });
    read_or_refuse([&] { parse_settings(as_text(bytes)); });
    read_or_refuse([&] { unpack_body(bytes, 1u << 20, "body"); });
    read_or_refuse([&] { (void)kind_of_key_object({}, bytes); });
    return 0;
}
