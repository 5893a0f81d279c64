// Gives space back: repacks what is mostly unused, marks packs that nothing needs, removes those marked
// long enough ago, and keeps the index true. One collector at a time per repository; writers go on beside it.
#pragma once

#include "engine/base/cancel.hpp"
#include "engine/base/progress.hpp"
#include "engine/repository/lease.hpp"
#include "engine/repository/marks.hpp"
#include "engine/repository/usage.hpp"

namespace holdfast {

struct CollectOptions {
    Duration grace{0};
    double repack_below = 0;
    // Packs of this database are repacked under those that need them, and removed as if there was no grace.
    std::optional<DatabaseName> destroyed;
};

class Collector {
public:
    // Takes the lease. Throws Busy where another collector holds one.
    Collector(Store& store, Keyring& keys, const Clock& clock, Progress& progress, CancelToken cancel);
    CollectReport run(const CollectOptions& options);

private:
    void load();
    void load_points();
    void finish_destructions();
    Instant marking_time() const;
    // repack.cpp
    std::vector<PackId> packs_to_repack(const CollectOptions& options) const;
    void repack(const CollectOptions& options);
    void mark(const CollectOptions& options);
    std::vector<PackId> removable(const CollectOptions& options);
    void sweep(const std::vector<PackId>& packs);
    void rewrite_index(const std::set<PackId>& without);
    void rewrite_relocations();
    void sweep_leftovers(Duration grace);

    Store& store_;
    Keyring& keys_;
    const Clock& clock_;
    Progress& progress_;
    CancelToken cancel_;
    LeasePlace place_;
    Lease lease_;
    CollectReport report_;

    std::vector<LeaseFacts> writers_;
    std::map<PackId, std::uint64_t> packs_;
    std::map<PackId, Instant> marks_;
    std::map<PackId, PackContents> index_;
    std::set<std::string> index_names_, moved_names_;
    bool index_is_stale_ = false;
    Relocations moved_;
    std::set<PointName> points_;
    Instant newest_seen_;
    std::unique_ptr<Usage> usage_;
};

}  // namespace holdfast
