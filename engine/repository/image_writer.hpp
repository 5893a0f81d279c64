// Takes one backup: files of pages or bytes in, chunks and packs out, one recovery point at the end.
//
// The calls mirror engine/provider/image.hpp (which this folder may not include); engine/job adapts one
// to the other. Sources are read by several worker threads at once where they are pages.
#pragma once

#include <functional>

#include "engine/repository/repository.hpp"

namespace holdfast {

using ReadPages = std::function<void(std::uint64_t first_page, std::span<std::byte> out)>;   // Thread-safe.
using ReadBytes = std::function<std::size_t(std::span<std::byte> out)>;                      // 0 at the end.
struct PageRun { std::uint64_t first = 0, count = 0; };

struct ImageTotals {
    std::uint64_t read_bytes = 0;       // From the sources.
    std::uint64_t changed_bytes = 0;    // Not the same as in the base.
    std::uint64_t stored_bytes = 0;     // Added to the store.
    std::uint64_t deduplicated_bytes = 0;
};

class ImageWriter {
public:
    virtual ~ImageWriter() = default;   // Not committed: nothing is listed; leftovers go with a later collect.
    virtual bool has_base() const = 0;
    virtual void add_pages(const PointFile& file, const ReadPages& read) = 0;
    virtual void add_changed_pages(const PointFile& file, const ReadPages& read, const std::vector<PageRun>& changed) = 0;
    virtual void refresh_pages(const PointFile& file, const ReadPages& read) = 0;
    virtual void add_bytes(const PointFile& file, const ReadBytes& read) = 0;
    virtual ImageTotals totals() const = 0;
    // Is everything that was added as the base has it, file by file and byte by byte? False where that is not known for sure.
    virtual bool is_as_base() const = 0;
    // Packs synced, then index, then the point. Fills id, started.., bytes that it knows. The rest of `manifest` is the caller's.
    // Throws Changed where this writer's lease was lost meanwhile (nothing is listed then).
    virtual PointManifest commit(PointManifest manifest) = 0;
};

}  // namespace holdfast
