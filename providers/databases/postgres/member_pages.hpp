// The file that an archive is at, as pages and as bytes. Pages are asked for by several threads, nearly in order; the archive
// comes strictly in order. What comes before somebody's pages is kept for those who will ask for it, a few extents at most.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "engine/provider/image.hpp"
#include "providers/databases/postgres/wal_crc.hpp"
#include "providers/databases/postgres/tar.hpp"

namespace holdfast {

// Bytes of the member as they come, with their checksum for the manifest.
class MemberStream {
public:
    explicit MemberStream(TarReader& tar) : tar_(tar) {}
    ByteView read(std::size_t most);           // None at the end.
    void read_exactly(std::span<std::byte> out);   // Throws Error{Corrupt} where the file is shorter.
    std::uint64_t bytes() const { return bytes_; }
    std::uint32_t crc() const { return crc_.value(); }

private:
    TarReader& tar_;
    Crc32c crc_;
    std::uint64_t bytes_ = 0;
};

class MemberBytes final : public ByteSource {
public:
    explicit MemberBytes(MemberStream& stream) : stream_(stream) {}
    std::size_t read(std::span<std::byte> out) override;

private:
    MemberStream& stream_;
};

// Which pages of a file come, and in this order.
class MemberPages final : public PageSource {
public:
    // Called for every page that came, by the thread that asked for it.
    using Look = std::function<void(std::uint64_t page, ByteView bytes)>;

    // All pages from 0 on.
    MemberPages(MemberStream& stream, std::uint32_t page_bytes, Look look);
    // These pages, ascending. Others are in the base, which has `base_pages`; behind those they are zeros. Reading one that only the
    // base can give throws Error{Changed}.
    MemberPages(MemberStream& stream, std::uint32_t page_bytes, Look look, std::vector<std::uint32_t> pages, std::uint64_t base_pages);

    // Each page is asked for once at most.
    void read(std::uint64_t first_page, std::span<std::byte> out) override;

private:
    struct Early { std::uint64_t at = 0; Bytes bytes; std::size_t left = 0; };
    void read_come(std::uint64_t first, std::span<std::byte> out);
    void take_early(std::uint64_t from, std::span<std::byte> out);

    MemberStream& stream_;
    const std::uint32_t page_bytes_;
    Look look_;
    const bool all_;
    const std::vector<std::uint32_t> pages_;
    const std::uint64_t base_pages_ = 0;
    std::mutex mutex_;
    std::uint64_t come_ = 0;        // Bytes so far.
    std::deque<Early> early_;       // Came before they were asked for.
};

}  // namespace holdfast
