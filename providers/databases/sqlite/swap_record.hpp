// What a swap of files wrote down before it moved anything; the format is in swap.hpp.
#pragma once

#include <cstdint>

#include "engine/base/file.hpp"

namespace holdfast {

struct SwapRecord {
    fs::path copy, live;
    fs::path staged;      // The copy, in the live file's folder.
    fs::path old;         // What was live, afterwards; its side files are beside it.
    fs::path taken_out;   // What the swap had put in, once it is taken back.
    bool had_main = true; // False: the live file was gone; there were side files at most.
};

void write_swap_record(const fs::path& file, const SwapRecord& record);   // Durable when it returns.
// Throws Missing, or Corrupt where it is not what was written.
SwapRecord read_swap_record(const fs::path& file);

// 0 where nothing is there.
std::uint64_t inode_of(const fs::path& path);

}  // namespace holdfast
