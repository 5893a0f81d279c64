// Databases of rows in pages, of which some rows change: what page deltas are for.
#pragma once

#include "engine/repository/delta_chunk.hpp"
#include "engine/repository/pack_source.hpp"
#include "tests/engine/repository/sources.hpp"

namespace holdfast {

// Replaces a few bytes of a page.
inline void change_row(Bytes& pages, std::size_t page, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const std::size_t at = page * kPage + random() % (kPage - 64);
    for (std::size_t i = 0; i < 30; ++i) pages[at + i] = static_cast<std::byte>(random());
}


// Opens a point as its reader would.
struct OpenedForTest {
    OpenedForTest(Store& store_, const PointManifest& manifest)
        : keys(keys_in(store_)), source(store_, *keys), point(read_point(store_, *keys, {manifest.point.database, manifest.point.id})) {}
    std::uint64_t per_chunk() const { return pages_per_chunk(keys->settings().extent_bytes, kPage); }
    // Kinds of the entries that the first file's pages are in, page by page; zeros count as plain.
    std::vector<EntryKind> kinds() {
        std::vector<EntryKind> kinds;
        for (const MapRun& run : point.map.files.at(0).pages.runs()) {
            for (std::uint64_t i = 0; i < run.count; ++i) {
                if (run.kind == MapRun::Kind::Zero) {
                    kinds.push_back(EntryKind::Plain);
                    continue;
                }
                const auto at = source.locate(point.map.packs[run.pack], static_cast<std::uint32_t>((run.address + i) / per_chunk()));
                kinds.push_back(PackSource::entry_of(*at.pack, at.entry).kind);
            }
        }
        return kinds;
    }
    std::size_t deltas() { return static_cast<std::size_t>(std::ranges::count(kinds(), EntryKind::PageDelta)); }
    std::unique_ptr<Keyring> keys;
    PackSource source;
    OpenedPoint point;
};

}  // namespace holdfast
