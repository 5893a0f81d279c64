// What the points of a repository need: which entries of which packs, where those are now.
#pragma once

#include <set>

#include "engine/repository/index_object.hpp"
#include "engine/repository/point_format.hpp"

namespace holdfast {

// What is needed of one pack.
struct PackUse {
    KeyId owner;
    std::vector<bool> entries;           // By number; those beyond are not needed.
    std::optional<Secret> key;           // Where a point carries it.
    std::set<DatabaseName> databases;    // Whose points need it.
    bool needs(std::uint32_t entry) const { return entry < entries.size() && entries[entry]; }
};

// Calls `visit(pack, entry)` for every entry that a file's map refers to, more than once for some.
void each_entry(const FileMap& map, std::uint64_t per_chunk, const std::function<void(std::uint32_t pack, std::uint32_t entry)>& visit);

class Usage {
public:
    // `moved` is followed only to packs that `packs` has: what was moved to a pack that is gone is still needed where it was.
    Usage(const Relocations& moved, const std::map<PackId, std::uint64_t>& packs, std::uint32_t extent_bytes)
        : moved_(moved), packs_(packs), extent_bytes_(extent_bytes) {}
    void add(const OpenedPoint& point);
    const std::map<PackId, PackUse>& needed() const { return needed_; }
    // Packs that some point lists, whether their chunks have moved or not.
    const std::set<PackId>& listed() const { return listed_; }

private:
    const Relocations& moved_;
    const std::map<PackId, std::uint64_t>& packs_;
    std::uint32_t extent_bytes_;
    std::map<PackId, PackUse> needed_;
    std::set<PackId> listed_;
};

std::vector<PointName> list_points(Store& store, const std::optional<DatabaseName>& database);

}  // namespace holdfast
