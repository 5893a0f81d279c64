// A file of a running server, as pages and as bytes. It may be cut off while it is read: what is gone then is zeros, which the log makes
// good, as it does for every page that is changed meanwhile.
#pragma once

#include "engine/base/file.hpp"
#include "engine/provider/image.hpp"
#include "providers/databases/postgres/damaged_pages.hpp"

namespace holdfast {

class PageFile final : public PageSource {
public:
    // `name`: what damage in it is reported under. `first_block`: the number of the file's first page in its relation. `file` and
    // `damaged` must outlive it.
    PageFile(const File& file, std::string name, std::uint32_t page_bytes, std::uint32_t first_block, DamagedPages& damaged)
        : file_(file), name_(std::move(name)), page_bytes_(page_bytes), first_block_(first_block), damaged_(damaged) {}
    void read(std::uint64_t first_page, std::span<std::byte> out) override;

private:
    const File& file_;
    const std::string name_;
    const std::uint32_t page_bytes_, first_block_;
    DamagedPages& damaged_;
};

// So many bytes from the beginning, whatever is added behind them.
class FileBytes final : public ByteSource {
public:
    FileBytes(const File& file, std::uint64_t bytes) : file_(file), left_(bytes) {}
    std::size_t read(std::span<std::byte> out) override;

private:
    const File& file_;
    std::uint64_t at_ = 0, left_;
};

}  // namespace holdfast
