#include "engine/repository/survey.hpp"

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

void need_entry(Survey& survey, const NeededPack& pack, std::uint32_t entry, const Relocations& moves) {
    PackId id = pack.id;
    KeyId owner = pack.owner;
    bool moved = false;
    if (const auto target = moves.find(pack.id, entry)) {
        id = target->pack;
        owner = target->owner;
        entry = target->entry;
        moved = true;
    }
    PackNeed& need = survey.needed[id];
    need.owner = owner;
    if (!moved && pack.key && !need.key) need.key = pack.key->clone();
    if (need.entries.size() <= entry) need.entries.resize(entry + std::size_t{1});
    need.entries[entry] = true;
}

}  // namespace

void each_needed_run(const PointFile& file, const FileMap& map, std::uint32_t extent_bytes, const std::function<void(const NeededRun&)>& visit) {
    if (file.page_bytes != 0) {
        const std::uint64_t per_chunk = pages_per_chunk(extent_bytes, file.page_bytes);
        for (const MapRun& run : map.pages.runs()) {
            if (run.kind != MapRun::Kind::Stored) continue;
            const std::uint64_t first = run.address / per_chunk;
            const std::uint64_t last = (run.address + run.count - 1) / per_chunk;
            visit({.pack = run.pack,
                   .first_entry = static_cast<std::uint32_t>(first),
                   .entries = static_cast<std::uint32_t>(last - first + 1),
                   .address = run.address,
                   .offset = run.first * file.page_bytes,
                   .bytes = run.count * file.page_bytes});
        }
        return;
    }
    std::uint64_t offset = 0;
    for (const StreamPiece& piece : map.pieces) {
        visit({.pack = piece.pack, .first_entry = piece.entry, .entries = 1, .address = 0, .offset = offset, .bytes = piece.bytes});
        offset += piece.bytes;
    }
}

std::vector<PointName> list_points(Store& store) {
    std::vector<PointName> names;
    store.list(kPointsPrefix, [&](const ObjectFacts& object) {
        if (auto name = point_of_object(object.name)) names.push_back(std::move(*name));
    });
    return names;
}

void add_to_survey(Survey& survey, const OpenedPoint& point, const PointName& name, std::uint32_t extent_bytes, const Relocations& moves) {
    survey.points.push_back(name);
    for (const NeededPack& pack : point.map.packs) survey.named.insert(pack.id);
    for (std::size_t i = 0; i < point.manifest.files.size(); ++i) {
        each_needed_run(point.manifest.files[i], point.map.files[i], extent_bytes, [&](const NeededRun& run) {
            for (std::uint32_t k = 0; k < run.entries; ++k) need_entry(survey, point.map.packs.at(run.pack), run.first_entry + k, moves);
        });
    }
}

Survey survey_points(Store& store, Keyring& keys, const Relocations& moves) {
    Survey survey;
    for (const PointName& name : list_points(store)) {
        try {
            add_to_survey(survey, read_point(store, keys, name), name, keys.settings().extent_bytes, moves);
        } catch (const Error& error) {
            // Forgotten while it was listed, or nobody can ever read it again: both need nothing.
            if (error.code == ErrorCode::CannotRecover) continue;
            if (error.code == ErrorCode::Missing && !store.look_at(point_object(name.database, name.id))) continue;
            throw;
        }
    }
    return survey;
}

std::optional<Secret> key_of_pack(Keyring& keys, const PackId& id, const PackNeed& need) {
    if (auto key = keys.pack_key(need.owner, id)) return key;
    if (need.key) return need.key->clone();
    return std::nullopt;
}

}  // namespace holdfast
