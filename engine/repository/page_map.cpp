#include "engine/repository/page_map.hpp"

#include <algorithm>
#include <unordered_map>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/repository/layout.hpp"

namespace holdfast {
namespace {

enum Mode : std::uint64_t { kZero = 0, kNext = 1, kParallel = 2, kExplicit = 3 };

// What the runs before say of a pack: where its last run ended, in the pack and in the file.
struct PackTrail {
    std::uint64_t end_address = 0;
    std::uint64_t end_page = 0;
};
using Trails = std::unordered_map<std::uint32_t, PackTrail>;

[[noreturn]] void fail_map(const char* why) { throw Error(ErrorCode::Corrupt, std::string("a map of pages ") + why); }

Mode mode_of(const MapRun& run, const Trails& trails) {
    if (run.kind == MapRun::Kind::Zero) return kZero;
    const auto trail = trails.find(run.pack);
    if (trail == trails.end()) return kExplicit;
    if (run.address == trail->second.end_address) return kNext;
    if (run.address == trail->second.end_address + (run.first - trail->second.end_page)) return kParallel;
    return kExplicit;
}

std::uint32_t read_pack_number(ByteReader& reader, std::size_t packs) {
    const std::uint64_t pack = reader.varint();
    if (pack >= packs) fail_map("that names a pack which the point does not list");
    return static_cast<std::uint32_t>(pack);
}

}  // namespace

std::uint64_t pages_per_chunk(std::uint32_t extent_bytes, std::uint32_t page_bytes) {
    return std::max<std::uint64_t>(1, extent_bytes / page_bytes);
}

void PageMap::append(MapRun run) {
    if (run.count == 0) return;
    run.first = pages_;
    pages_ += run.count;
    if (run.kind != MapRun::Kind::Stored) {   // They are nowhere, so that equal maps compare equal.
        run.pack = 0;
        run.address = 0;
    }
    if (!runs_.empty()) {
        MapRun& last = runs_.back();
        const bool continues = last.kind == run.kind &&
                               (run.kind != MapRun::Kind::Stored || (last.pack == run.pack && last.address + last.count == run.address));
        if (continues) {
            last.count += run.count;
            return;
        }
    }
    runs_.push_back(run);
}

void PageMap::append_from(const PageMap& from, std::uint64_t first, std::uint64_t count) {
    HOLDFAST_CHECK(first + count <= from.pages());
    from.each_in(first, count, [&](const MapRun& piece) { append(piece); });
}

std::size_t PageMap::run_at(std::uint64_t page) const {
    const auto after = std::ranges::upper_bound(runs_, page, {}, &MapRun::first);
    return after == runs_.begin() ? 0 : static_cast<std::size_t>(after - runs_.begin()) - 1;
}

void write_page_map(ByteWriter& writer, const PageMap& map) {
    Trails trails;
    writer.varint(map.runs().size());
    for (const MapRun& run : map.runs()) {
        HOLDFAST_CHECK(run.kind != MapRun::Kind::Unknown);
        const Mode mode = mode_of(run, trails);
        writer.varint(run.count << 2 | mode);
        if (mode == kZero) continue;
        writer.varint(run.pack);
        if (mode == kExplicit) writer.varint(run.address);
        trails[run.pack] = {run.address + run.count, run.first + run.count};
    }
}

PageMap read_page_map(ByteReader& reader, std::uint64_t pages, std::size_t packs) {
    Trails trails;
    PageMap map;
    const std::size_t runs = reader.count(1);
    for (std::size_t i = 0; i < runs; ++i) {
        const std::uint64_t head = reader.varint();
        MapRun run;
        run.count = head >> 2;
        if (run.count == 0 || run.count > pages - map.pages()) fail_map("that does not fit its file");
        const auto mode = static_cast<Mode>(head & 3);
        if (mode != kZero) {
            run.kind = MapRun::Kind::Stored;
            run.pack = read_pack_number(reader, packs);
            const auto trail = trails.find(run.pack);
            if (mode != kExplicit && trail == trails.end()) fail_map("that continues what was not begun");
            if (mode == kExplicit) run.address = reader.varint();
            if (mode == kNext) run.address = trail->second.end_address;
            if (mode == kParallel) run.address = trail->second.end_address + (map.pages() - trail->second.end_page);
            if (run.address > kAddressMax || run.count > kAddressMax) fail_map("that points beyond every pack");
            trails[run.pack] = {run.address + run.count, map.pages() + run.count};
        }
        map.append(run);
    }
    if (map.pages() != pages) fail_map("that is shorter than its file");
    return map;
}

void write_stream_map(ByteWriter& writer, const std::vector<StreamPiece>& pieces) {
    std::size_t runs = 0;
    ByteWriter body;
    for (std::size_t i = 0; i < pieces.size(); ++runs) {
        std::size_t end = i + 1;
        while (end < pieces.size() && pieces[end].pack == pieces[i].pack && pieces[end].entry == pieces[end - 1].entry + 1) ++end;
        body.varint(pieces[i].pack);
        body.varint(pieces[i].entry);
        body.varint(end - i);
        for (; i < end; ++i) body.varint(pieces[i].bytes);
    }
    writer.varint(runs);
    writer.raw(body.bytes());
}

std::vector<StreamPiece> read_stream_map(ByteReader& reader, std::uint64_t bytes, std::size_t packs) {
    std::vector<StreamPiece> pieces;
    std::uint64_t total = 0;
    const std::size_t runs = reader.count(4);
    for (std::size_t i = 0; i < runs; ++i) {
        const std::uint32_t pack = read_pack_number(reader, packs);
        const std::uint64_t first = reader.varint();
        const std::size_t count = reader.count(1);
        if (first > kPackEntriesMax || count > kPackEntriesMax) fail_map("that points beyond a pack");
        for (std::size_t j = 0; j < count; ++j) {
            const std::uint64_t size = reader.varint();
            if (size == 0 || size > kChunkBytesMax || size > bytes - total) fail_map("that does not fit its stream");
            total += size;
            pieces.push_back({pack, static_cast<std::uint32_t>(first + j), static_cast<std::uint32_t>(size)});
        }
    }
    if (total != bytes) fail_map("that is shorter than its stream");
    return pieces;
}

}  // namespace holdfast
