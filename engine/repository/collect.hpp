// Gives space back, in two phases: what nothing needs is marked, and removed by a later collection when the mark is
// older than the grace period and than every live writer. Packs of which little is needed are repacked. Killed anywhere,
// it leaves the repository whole.
#pragma once

#include "engine/repository/keyring.hpp"
#include "engine/repository/lease.hpp"
#include "engine/repository/survey.hpp"

namespace holdfast {

struct CollectRequest {
    Duration grace{0};
    double repack_below = 0.5;
};

// Throws Busy while another collector is alive, and whatever keeps it from knowing what is needed.
CollectReport collect_repository(const LeasePlace& place, Keyring& keys, const CollectRequest& request, Progress& progress, CancelToken cancel);

// Copies the needed entries of `packs` into new packs of `owner` and records where they went; durable in the order
// new packs, index, moves. The old packs stay. Packs whose key is not to be had are left alone.
Relocations move_needed(const LeasePlace& place, Keyring& keys, const std::vector<PackId>& packs, const Survey& survey, const KeyId& owner,
                        CancelToken cancel);

// Writes all index objects anew without `gone` and removes the old ones.
void rewrite_indexes(Store& store, const Keyring& keys, const std::set<PackId>& gone);

}  // namespace holdfast
