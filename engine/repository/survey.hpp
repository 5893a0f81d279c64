// What the points of a repository need: which entries of which packs, after all moves.
#pragma once

#include <map>
#include <set>

#include "engine/repository/index_object.hpp"
#include "engine/repository/point_format.hpp"

namespace holdfast {

struct PackNeed {
    KeyId owner;
    std::optional<Secret> key;      // Where a point of another database carries it.
    std::vector<bool> entries;      // As long as the last needed one.
    bool needs(std::uint32_t entry) const { return entry < entries.size() && entries[entry]; }
};

struct Survey {
    std::map<PackId, PackNeed> needed;   // Where the chunks are now.
    std::set<PackId> named;              // As the points name them, before any move.
    std::vector<PointName> points;
};

// Calls `visit` for each run of consecutive entries of one pack that `file` needs: (number of the pack in the point's
// table, first entry, count, first page or byte in the file, pages or bytes).
struct NeededRun {
    std::uint32_t pack = 0;
    std::uint32_t first_entry = 0, entries = 0;
    std::uint64_t address = 0;                    // Pages: of the run's first page.
    std::uint64_t offset = 0, bytes = 0;          // In the file.
};
void each_needed_run(const PointFile& file, const FileMap& map, std::uint32_t extent_bytes, const std::function<void(const NeededRun&)>& visit);

// Names of all points that stand in the store.
std::vector<PointName> list_points(Store& store);

// Reads the map of every point. Points of destroyed keys are left out; any other that cannot be read is an Error: who
// does not know what is needed may not remove anything.
Survey survey_points(Store& store, Keyring& keys, const Relocations& moves);
void add_to_survey(Survey& survey, const OpenedPoint& point, const PointName& name, std::uint32_t extent_bytes, const Relocations& moves);

// The key of a pack: from its owner's data key, else from what points carry.
std::optional<Secret> key_of_pack(Keyring& keys, const PackId& id, const PackNeed& need);

}  // namespace holdfast
