// What one backup knows of the repository while it writes: its lease, which chunks are there already and
// may be used, and the base it is compared with. Loaded once, when the backup begins.
#pragma once

#include <set>

#include "engine/repository/chunk_index.hpp"
#include "engine/repository/fingerprint_cache.hpp"
#include "engine/repository/index_object.hpp"
#include "engine/repository/lease.hpp"
#include "engine/repository/marks.hpp"
#include "engine/repository/point_reader.hpp"
#include "engine/repository/stored_roots.hpp"

namespace holdfast {

// The base, with its map in the numbers of this session. Pages whose pack is gone are MapRun::Kind::Unknown.
struct SessionBase {
    PointId id;
    PointManifest manifest;
    std::map<std::string, PageMap> maps;
    DeltaBases bases;                                // Of the chunks of deltas in the maps, in the session's numbers.
    OpenedPoint opened;                              // As it is in the store.
    std::unique_ptr<FingerprintFile> fingerprints;   // Nothing: not made yet, or it cannot be made.
    bool asked_for_fingerprints = false;
};

struct SessionPlace {
    Store* store = nullptr;
    Keyring* keys = nullptr;
    const Clock* clock = nullptr;
    fs::path cache;         // Of this repository and database; empty: none.
    unsigned workers = 1;
    DatabaseName database;
};

class WriteSession {
public:
    // Takes the lease first: whatever is loaded after that cannot be collected while it lasts.
    WriteSession(const SessionPlace& place, const std::optional<PointId>& base);

    const SessionPlace& place() const { return place_; }
    PackNumbers& numbers() { return numbers_; }
    ChunkIndex& index() { return index_; }
    SessionBase* base() { return base_ ? &*base_ : nullptr; }
    bool is_new_pack(std::uint32_t number) const { return number >= first_new_pack_; }
    Lease& lease() { return *lease_; }
    LeasePlace lease_place() const { return {place_.store, place_.keys->sealing(), place_.clock}; }
    void end_lease() { lease_.reset(); }
    // The base's fingerprints: from the cache, or made again by reading the base. Nothing where that fails too.
    FingerprintFile* base_fingerprints(Progress& progress, const CancelToken& cancel);
    // Where the pages of a file of the base are stored plainly: what deltas may be made against. Nothing where reading it is not
    // cheap. Lives as long as the session.
    StoredRoots* base_roots(const std::string& file);
    // The number of a pack that new deltas may be made against; nothing where it cannot be relied on.
    std::optional<std::uint32_t> number_of_base(const PackId& pack) const;
    // Throws Changed where one of the packs that a point needs is not there any more.
    void require_packs(const PointMap& point) const;

private:
    void load_index(const std::map<PackId, std::uint64_t>& packs);
    void load_base(const PointId& id, const std::map<PackId, std::uint64_t>& packs);
    PageMap in_session_numbers(const PageMap& map, std::uint64_t per_chunk, const std::map<PackId, std::uint64_t>& packs);
    void load_bases(const std::map<PackId, std::uint64_t>& packs);
    bool is_usable(const PackId& pack, const KeyId& owner, const std::map<PackId, std::uint64_t>& packs) const;
    void rebuild_fingerprints(Progress& progress, const CancelToken& cancel);

    SessionPlace place_;
    std::unique_ptr<Lease> lease_;
    PackNumbers numbers_;
    ChunkIndex index_;
    Relocations relocations_;
    std::set<PackId> marked_;   // About to be removed, or damaged: nothing new may need them.
    std::optional<SessionBase> base_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> lost_deltas_;   // Of the base, in its own numbers: what they are made against cannot be relied on.
    std::uint32_t first_new_pack_ = 0;
    std::unique_ptr<PackSource> source_;   // Of the base.
    std::map<std::string, StoredRoots> roots_;
};

}  // namespace holdfast
