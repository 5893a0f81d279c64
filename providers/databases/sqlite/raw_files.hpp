// The files of a database as they are, damaged or not: kept as evidence before anything is done to them.
#pragma once

#include <array>

#include "engine/provider/provider.hpp"

namespace holdfast {

// What may belong to a database besides itself: after its name. In the order in which a swap moves them away.
inline constexpr std::array<const char*, 3> kSideFiles{"-journal", "-wal", "-shm"};

// Returns what `image_file` of a backup is called beside `location`: main, main-wal, main-journal, main-shm. Throws Corrupt for others.
fs::path target_beside(const std::string& location, const std::string& image_file);

// Streams those that are there. A part of the disk that cannot be read is kept as zeros and counted in the fact `unreadable bytes`.
BackupFacts keep_raw_files(const fs::path& path, ImageSink& sink, const WorkContext& work);

}  // namespace holdfast
