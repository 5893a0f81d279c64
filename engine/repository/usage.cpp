#include "engine/repository/usage.hpp"

namespace holdfast {

void each_entry(const FileMap& map, std::uint64_t per_chunk, const std::function<void(std::uint32_t, std::uint32_t)>& visit) {
    for (const MapRun& run : map.pages.runs()) {
        if (run.kind != MapRun::Kind::Stored) continue;
        const std::uint64_t last = (run.address + run.count - 1) / per_chunk;
        for (std::uint64_t entry = run.address / per_chunk; entry <= last; ++entry) visit(run.pack, static_cast<std::uint32_t>(entry));
    }
    for (const StreamPiece& piece : map.pieces) visit(piece.pack, piece.entry);
}

void Usage::add(const OpenedPoint& point) {
    const auto need = [&](const PackId& id, const KeyId& owner, const NeededPack* with_key, std::uint32_t entry) {
        PackUse& use = needed_[id];
        use.owner = owner;
        if (!use.key && with_key != nullptr && with_key->key) use.key = with_key->key->clone();
        use.databases.insert(point.manifest.point.database);
        if (use.entries.size() <= entry) use.entries.resize(std::size_t{entry} + 1);
        use.entries[entry] = true;
    };
    const auto need_where_it_is = [&](std::uint32_t number, std::uint32_t entry) {
        const NeededPack& pack = point.map.packs[number];
        const auto moved = moved_.has(pack.id) ? moved_.find(pack.id, entry) : std::nullopt;
        if (moved && packs_.contains(moved->pack)) need(moved->pack, moved->owner, nullptr, moved->entry);
        else need(pack.id, pack.owner, &pack, entry);
    };
    for (const NeededPack& pack : point.map.packs) listed_.insert(pack.id);
    for (std::size_t i = 0; i < point.map.files.size(); ++i) {
        const std::uint32_t page_bytes = point.manifest.files[i].page_bytes;
        const std::uint64_t per_chunk = page_bytes == 0 ? 1 : pages_per_chunk(extent_bytes_, page_bytes);
        std::uint64_t last = ~std::uint64_t{0};
        each_entry(point.map.files[i], per_chunk, [&](std::uint32_t number, std::uint32_t entry) {
            // Runs of an incremental meet the same entry again and again.
            if (const std::uint64_t here = std::uint64_t{number} << 32 | entry; here == last) return;
            else last = here;
            need_where_it_is(number, entry);
            // With a chunk of page deltas all that it is made against.
            for (const BaseRun& run : point.map.bases.of(number, entry)) {
                for (std::uint32_t base = run.first; base < run.first + run.count; ++base) need_where_it_is(run.pack, base);
            }
        });
    }
}

std::vector<PointName> list_points(Store& store, const std::optional<DatabaseName>& database) {
    std::vector<PointName> names;
    store.list(database ? points_prefix(*database) : std::string(kPointsPrefix), [&](const ObjectFacts& facts) {
        if (auto name = point_of_object(facts.name)) names.push_back(std::move(*name));
    });
    return names;
}

}  // namespace holdfast
