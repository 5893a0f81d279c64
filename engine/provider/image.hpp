// How a provider hands a database's bytes over: files, each an array of pages or a stream of bytes.
// Providers know nothing of the repository; the repository knows nothing of databases. These few
// interfaces are all that both see.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace holdfast {

// One file of a database, by its name inside the backup: relative, '/'-separated ("main", "base/1/1259").
struct ImageFile {
    std::string name;
    std::uint32_t page_bytes = 0;      // 0: a stream of bytes without pages.
    std::uint64_t bytes = 0;           // A multiple of page_bytes where that is not 0; for streams what is expected (0: unknown).
    std::uint32_t mode = 0600;         // Permission bits to restore with.
    bool operator==(const ImageFile&) const = default;
};

// A run of pages: [first, first + count).
struct PageRange {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    bool operator==(const PageRange&) const = default;
};

// Pages that can be read in any order, by several threads at once.
class PageSource {
public:
    virtual ~PageSource() = default;
    // Fills `out` (a whole number of pages) with the pages from `first_page` on.
    virtual void read(std::uint64_t first_page, std::span<std::byte> out) = 0;
};

// Bytes that come one after the other.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    // Returns how many bytes were put into `out`; 0 at the end.
    virtual std::size_t read(std::span<std::byte> out) = 0;
};

class ArchivedWal;   // engine/provider/wal.hpp

// The point that a backup is compared with: what its provider wrote down, its files, and the log since.
class ImageBase {
public:
    virtual ~ImageBase() = default;
    virtual const std::map<std::string, std::string>& facts() const = 0;
    virtual const std::vector<ImageFile>& files() const = 0;
    // Requires: the range lies in the file.
    virtual void read_at(const std::string& file, std::uint64_t offset, std::span<std::byte> out) = 0;
    // The database's log in the store; nullptr: none is kept there. Lives as long as this.
    virtual ArchivedWal* log() { return nullptr; }
};

// Takes the files of one backup. A file is finished when the call returns. Not thread-safe: one call
// at a time; inside a call `source` may be read from several threads.
class ImageSink {
public:
    virtual ~ImageSink() = default;
    // Reads and keeps what differs from the base (everything, without one).
    virtual void add_pages(const ImageFile& file, PageSource& source) = 0;
    // The engine knows what changed: only `changed` is read, the rest is as in the base.
    // Requires: there is a base and it has this file with the same page size.
    virtual void add_changed_pages(const ImageFile& file, PageSource& source, const std::vector<PageRange>& changed) = 0;
    // Reads the file again and keeps what differs from what add_pages has just been given: for engines
    // whose first, unlocked pass may have read torn pages. `file.bytes` may differ from the first pass.
    virtual void refresh_pages(const ImageFile& file, PageSource& source) = 0;
    virtual void add_bytes(const ImageFile& file, ByteSource& source) = 0;
    virtual bool has_base() const = 0;
    // nullptr: there is none, or this sink does not show it. Lives as long as the sink.
    virtual ImageBase* base() { return nullptr; }
};

}  // namespace holdfast
