// Files that survive a crash: private by default, whole or not at all, synced with their folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "engine/base/bytes.hpp"

namespace holdfast {

namespace fs = std::filesystem;

// An open file descriptor. Moves; closes itself. All calls throw Error with the path in the message,
// repeat after EINTR and never return short counts but at the end of the file.
class File {
public:
    enum class Mode { Read, ReadWrite, CreateNew };  // CreateNew: 0600, fails when it exists.

    File() = default;
    static File open(const fs::path& path, Mode mode);
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File();

    bool is_open() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }
    const fs::path& path() const { return path_; }
    std::uint64_t size() const;
    // Reads up to out.size() bytes from `offset`; less only at the end of the file. Thread-safe.
    std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) const;
    // As read_at, but a short read is Error{Corrupt}.
    void read_exactly_at(std::uint64_t offset, std::span<std::byte> out) const;
    void write_at(std::uint64_t offset, ByteView bytes);  // Thread-safe for disjoint ranges.
    void resize(std::uint64_t bytes);
    void sync();  // fdatasync; an error here means that what was written cannot be trusted.
    void close();

private:
    int descriptor_ = -1;
    fs::path path_;
};

// Reads a whole file; one larger than `bytes_max` is Error{Io} before anything is read.
Bytes read_file(const fs::path& path, std::uint64_t bytes_max);
std::string read_text_file(const fs::path& path, std::uint64_t bytes_max);

// Writes beside `path` under a temporary name, syncs, renames over `path`, syncs the folder.
// Afterwards the file holds the old bytes or the new ones, whenever the power goes.
void write_file_durably(const fs::path& path, ByteView bytes, unsigned mode = 0600);
// The same, but an existing file is left alone: returns false.
bool write_file_if_absent(const fs::path& path, ByteView bytes, unsigned mode = 0600);

// Creates missing folders with mode 0700 and syncs their parents.
void make_private_folders(const fs::path& folder);

void sync_folder(const fs::path& folder);

// Renames within one file system and syncs both folders.
void rename_durably(const fs::path& from, const fs::path& to);
// Removes one file (never a folder) and syncs its folder; returns false if it was not there.
bool remove_durably(const fs::path& path);

// Returns root/relative, or throws Error{Corrupt} where `relative` is absolute, empty, or leaves root.
// Names that come from a backup pass through here.
fs::path path_inside(const fs::path& root, std::string_view relative);

// Bytes available to this user on the file system that holds `path` (or its nearest existing parent).
std::uint64_t free_bytes_at(const fs::path& path);

}  // namespace holdfast
