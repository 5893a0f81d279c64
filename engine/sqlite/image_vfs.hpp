// Bytes of ours as a database file that SQLite reads: nothing is locked, written or looked for beside it. SQLite's
// "The SQLite OS Interface" names the functions. What SQLite spills while it sorts goes to unnamed temporary files, as always.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "engine/base/error.hpp"

namespace holdfast {

class ImageBytes {
public:
    virtual ~ImageBytes() = default;
    virtual std::uint64_t size() const = 0;
    // Requires: the range lies within size(). What it throws is kept by the VFS.
    virtual void read_at(std::uint64_t offset, std::span<std::byte> out) = 0;
};

// One registered VFS with one file. One thread at a time; connections on it end before it does.
class ImageVfs {
public:
    static constexpr const char* kFile = "image";

    explicit ImageVfs(ImageBytes& bytes);
    ImageVfs(const ImageVfs&) = delete;
    ImageVfs& operator=(const ImageVfs&) = delete;
    ~ImageVfs();

    const char* name() const;
    // Throws the first failure of a read since the last call: SQLite itself would only say "disk I/O error", or pass over it.
    void throw_failure();

    struct State;   // image_vfs.cpp

private:
    std::unique_ptr<State> state_;
};

}  // namespace holdfast
