#include "engine/repository/stored_roots.hpp"

#include <numeric>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"

namespace holdfast {

StoredRoots::StoredRoots(PackSource& packs, const OpenedPoint& point, std::size_t file, std::uint32_t extent_bytes)
    : chunks_(packs, point.map), map_(point.map.files.at(file).pages), page_bytes_(point.manifest.files.at(file).page_bytes) {
    HOLDFAST_CHECK(page_bytes_ != 0);
    per_chunk_ = pages_per_chunk(extent_bytes, page_bytes_);
}

void StoredRoots::places(std::uint64_t first, std::uint64_t count, const std::function<void(std::uint64_t, const RootPlace&)>& visit) {
    const PointMap& point = chunks_.map();
    map_.each_in(first, count, [&](const MapRun& run) {
        PointChunks::Deltas deltas;
        std::uint64_t opened = ~std::uint64_t{0};
        for (std::uint64_t i = 0; i < run.count; ++i) {
            if (run.kind == MapRun::Kind::Zero) {
                visit(run.first + i, {});
                continue;
            }
            const std::uint64_t entry = (run.address + i) / per_chunk_;
            if (entry != opened) {
                const bool is_delta = !point.bases.of(run.pack, static_cast<std::uint32_t>(entry)).empty();
                deltas = is_delta ? chunks_.deltas(run.pack, static_cast<std::uint32_t>(entry)) : nullptr;
                opened = entry;
            }
            if (!deltas) {
                visit(run.first + i, {&point.packs[run.pack], run.address + i});
                continue;
            }
            const std::uint64_t page = (run.address + i) % per_chunk_;
            if (page >= deltas->chunk.pages.size()) throw Error(ErrorCode::Corrupt, "a recovery point that points beyond the end of a chunk");
            const PageDelta& delta = deltas->chunk.pages[page];
            visit(run.first + i, {deltas->packs[delta.pack], delta.address});
        }
    });
}

void StoredRoots::read(std::span<const RootPlace> places, const std::function<void(std::size_t, ByteView)>& visit) {
    const Bytes zeros(page_bytes_);
    std::vector<std::size_t> order;
    std::vector<PackSource::Located> located(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i].pack == nullptr) {
            visit(i, zeros);
            continue;
        }
        order.push_back(i);
        located[i] = locate(places[i]);
    }
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return std::tie(located[a].pack->id, located[a].entry, a) < std::tie(located[b].pack->id, located[b].entry, b);
    });
    for (const std::size_t i : order) {
        const PointChunks::Plain chunk = chunks_.plain(located[i]);
        const std::uint64_t at = places[i].address % per_chunk_ * page_bytes_;
        if (at + page_bytes_ > chunk->size()) throw Error(ErrorCode::Corrupt, "a page that lies beyond the end of its chunk");
        visit(i, ByteView(*chunk).subspan(at, page_bytes_));
    }
}

}  // namespace holdfast
