// Puts a sound copy in the place of a live database, and takes it out again, by renaming alone.
//
// SQLite applies whatever -wal or -journal lies beside a file to that file. So the old side files are moved away before the
// new file takes the name, and put back after the old file has it again; the name itself changes hands in one rename. A
// small record, durable before anything moves, says what goes where; with the file system it tells after a crash how far it got.
// Nothing is done while any program has the live file open, and the old files are never removed.
//
// Record. Integers little-endian, texts as in engine/base/bytes.hpp: 8 bytes "HFSWAP_1", text copy, text live, text staged,
// text old, text taken out, u8 whether there was a live file. Written whole or not at all.
#pragma once

#include <optional>
#include <string>

#include "engine/base/file.hpp"

namespace holdfast {

struct FileSwap {
    fs::path copy;       // Gone from there when the swap is done.
    fs::path live;
    fs::path record;
    std::string tag;     // Of the old files' names: orders.db.before-01m7y04ccw
};

// Returns where the old file is; empty where there was none.
std::string swap_files_in(const FileSwap& swap);

// True: the copy is in place. False: it is not, and everything is back where it was. Nothing: somebody has made new
// files there meanwhile.
std::optional<bool> settle_swapped_files(const fs::path& record);

// The old files go back; returns where the new ones are kept.
std::string swap_files_back(const fs::path& record);

}  // namespace holdfast
