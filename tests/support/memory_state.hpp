// A state of a database whose files are in memory, for tests of what reads states.
#pragma once

#include <cstring>
#include <functional>

#include "engine/base/file.hpp"
#include "engine/provider/query.hpp"

namespace holdfast {

class MemoryState final : public StateFiles {
public:
    // A SQLite file as it stands on disk; nobody must write it meanwhile.
    explicit MemoryState(const fs::path& file) : MemoryState(read_file(file, 1U << 30)) {}
    explicit MemoryState(Bytes content) : bytes(std::move(content)) {
        std::uint32_t page_bytes = 4096;
        if (bytes.size() >= 18) {
            page_bytes = std::to_integer<std::uint32_t>(bytes[16]) << 8 | std::to_integer<std::uint32_t>(bytes[17]);
            if (page_bytes == 1) page_bytes = 65536;
        }
        files_ = {{.name = "main", .page_bytes = page_bytes, .bytes = bytes.size(), .mode = 0600}};
    }
    const std::vector<ImageFile>& files() const override { return files_; }
    void read_at(const std::string&, std::uint64_t offset, std::span<std::byte> out) override {
        if (before_read) before_read(offset);
        read_bytes += out.size();
        std::memcpy(out.data(), bytes.data() + offset, out.size());
    }
    std::byte* page(std::uint64_t number) { return bytes.data() + number * files_[0].page_bytes; }   // From 0.
    std::uint64_t pages() const { return bytes.size() / files_[0].page_bytes; }

    Bytes bytes;
    std::uint64_t read_bytes = 0;
    std::function<void(std::uint64_t offset)> before_read;   // May throw.

private:
    std::vector<ImageFile> files_;
};

}  // namespace holdfast
