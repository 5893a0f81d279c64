// Reads one recovery point: to files, in parallel, or page by page.
#pragma once

#include <functional>

#include "engine/repository/repository.hpp"

namespace holdfast {

struct RestoreTotals {
    std::uint64_t bytes = 0;           // Of the files.
    std::uint64_t fetched_bytes = 0;   // From the store.
    std::uint64_t written_bytes = 0;   // To the target; with delta less.
};

class ImageReader {
public:
    virtual ~ImageReader() = default;
    virtual const PointManifest& manifest() const = 0;
    // Writes one file to `target` (created 0600, or overwritten in place with `delta`: only pages that differ are
    // written, then it is cut to length). Every byte is authenticated before it is written. Synced when it returns where the image has
    // this one file; of several, thousands perhaps, whoever writes them all syncs the file system once.
    virtual RestoreTotals restore_file(const std::string& name, const fs::path& target, bool delta, Progress& progress, CancelToken cancel) = 0;
    // Random access, e.g. for copying to another repository or reading SQL straight from it. Thread-safe.
    virtual void read_at(const std::string& name, std::uint64_t offset, std::span<std::byte> out) = 0;
    // From the store, by everything that was read so far; 0 where that is not counted.
    virtual std::uint64_t fetched_bytes() const { return 0; }
};

}  // namespace holdfast
