#include "tests/support/memory_image.hpp"

#include <thread>

namespace holdfast {
namespace {

// In pieces and by two threads, as the repository reads.
Bytes read_all_pages(const ImageFile& file, PageSource& source) {
    Bytes bytes(file.bytes);
    const std::uint64_t pages = file.page_bytes == 0 ? 0 : file.bytes / file.page_bytes;
    constexpr std::uint64_t kPiece = 7;
    const auto read_every_other_piece = [&](std::uint64_t first) {
        for (std::uint64_t page = first * kPiece; page < pages; page += 2 * kPiece) {
            const std::uint64_t count = std::min(kPiece, pages - page);
            source.read(page, std::span(bytes).subspan(page * file.page_bytes, count * file.page_bytes));
        }
    };
    std::jthread other([&] { read_every_other_piece(1); });
    read_every_other_piece(0);
    return bytes;
}

}  // namespace

void MemoryImage::add_pages(const ImageFile& file, PageSource& source) { files[file.name] = {file, read_all_pages(file, source)}; }

void MemoryImage::add_changed_pages(const ImageFile& file, PageSource& source, const std::vector<PageRange>&) { add_pages(file, source); }

void MemoryImage::refresh_pages(const ImageFile& file, PageSource& source) {
    const Bytes before = std::move(files.at(file.name).second);
    add_pages(file, source);
    const Bytes& after = files.at(file.name).second;
    ++refreshes;
    for (std::size_t at = 0; at < after.size(); at += file.page_bytes) {
        const ByteView page = std::span(after).subspan(at, file.page_bytes);
        const bool same = at + page.size() <= before.size() && std::ranges::equal(page, std::span(before).subspan(at, page.size()));
        refreshed_pages += same ? 0 : 1;
    }
}

void MemoryImage::add_bytes(const ImageFile& file, ByteSource& source) {
    Bytes all;
    Bytes piece(65536);
    while (const std::size_t got = source.read(piece)) all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
    files[file.name] = {file, std::move(all)};
}

void MemoryImage::write_to(const std::string& name, const fs::path& path) const { write_file_durably(path, files.at(name).second); }

}  // namespace holdfast
