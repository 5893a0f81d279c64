// What a swap of clusters wrote down before it moved anything; the format is in cluster_swap.hpp.
#pragma once

#include <cstdint>

#include "providers/databases/postgres/own_server.hpp"

namespace holdfast {

struct ClusterSwap {
    fs::path copy;               // Where it was restored to.
    fs::path staged;             // The copy, in the live folder's neighbourhood.
    fs::path old;                // What was live, afterwards.
    fs::path taken_out;          // What the swap had put in, once it is taken back.
    std::uint64_t old_inode = 0; // Tells the two folders apart, whatever they are called.
    bool had_server = false;     // One ran over the old folder.
    OwnServer own;               // Its data_folder is the live name.
};

void write_cluster_swap(const fs::path& file, const ClusterSwap& swap);   // Durable when it returns.
// Throws Missing, or Corrupt where it is not what was written.
ClusterSwap read_cluster_swap(const fs::path& file);

}  // namespace holdfast
