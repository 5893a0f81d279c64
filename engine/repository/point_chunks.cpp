#include "engine/repository/point_chunks.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kRecentChunks = 32;

// The chunk of that name, moved to the front; nothing where it is not there.
template <typename Recent, typename Name>
auto find_recent(Recent& recent, const Name& name) -> typename Recent::value_type::second_type {
    const auto known = std::ranges::find(recent, name, &Recent::value_type::first);
    if (known == recent.end()) return nullptr;
    recent.splice(recent.begin(), recent, known);
    return known->second;
}

template <typename Recent, typename Name, typename Chunk>
void keep_recent(Recent& recent, const Name& name, Chunk chunk) {
    recent.emplace_front(name, std::move(chunk));
    if (recent.size() > kRecentChunks) recent.pop_back();
}

}  // namespace

PointChunks::PointChunks(PackSource& packs, const PointMap& map) : packs_(packs), map_(map) {
    if (map.bases.empty()) return;
    for (const NeededPack& pack : map.packs) by_id_.emplace(pack.id, &pack);
}

PointChunks::Plain PointChunks::plain(const PackSource::Located& at) {
    const std::pair name{at.pack->id, at.entry};
    {
        const std::lock_guard lock(mutex_);
        if (Plain known = find_recent(plain_, name)) return known;
    }
    const PackEntry& facts = PackSource::entry_of(*at.pack, at.entry);
    Bytes stored(facts.stored_bytes);
    packs_.fetch(*at.pack, facts.offset, stored);
    ChunkTools tools;
    auto opened = std::make_shared<Bytes>(facts.plain_bytes);
    packs_.open_chunk(*at.pack, at.entry, stored, tools, *opened);
    const std::lock_guard lock(mutex_);
    keep_recent(plain_, name, Plain(opened));
    return opened;
}

PointChunks::Deltas PointChunks::deltas(std::uint32_t pack, std::uint32_t entry) {
    const std::pair name{pack, entry};
    {
        const std::lock_guard lock(mutex_);
        if (Deltas known = find_recent(deltas_, name)) return known;
    }
    const PackSource::Located at = packs_.locate(map_.packs.at(pack), entry);
    const PackEntry& facts = PackSource::entry_of(*at.pack, at.entry);
    Bytes stored(facts.stored_bytes);
    packs_.fetch(*at.pack, facts.offset, stored);
    ChunkTools tools;
    const Deltas opened = open_deltas(at, stored, tools);
    const std::lock_guard lock(mutex_);
    keep_recent(deltas_, name, opened);
    return opened;
}

PointChunks::Deltas PointChunks::open_deltas(const PackSource::Located& at, ByteView stored, ChunkTools& tools) {
    auto opened = std::make_shared<OpenedDeltas>();
    opened->content = packs_.open_deltas(*at.pack, at.entry, stored, tools);
    opened->chunk = decode_delta_chunk(opened->content, at.pack->entries[at.entry].plain_bytes);
    for (const PackId& id : opened->chunk.packs) {
        const auto needed = by_id_.find(id);
        if (needed == by_id_.end()) throw Error(ErrorCode::Corrupt, fmt::format("a page delta against pack {}, which its recovery point does not list", id.text()));
        opened->packs.push_back(needed->second);
    }
    return opened;
}

}  // namespace holdfast
