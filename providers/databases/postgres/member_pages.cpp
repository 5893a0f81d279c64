#include "providers/databases/postgres/member_pages.hpp"

#include <algorithm>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"

namespace holdfast {

ByteView MemberStream::read(std::size_t most) {
    const ByteView bytes = tar_.read(most);
    crc_.add(bytes);
    bytes_ += bytes.size();
    return bytes;
}

void MemberStream::read_exactly(std::span<std::byte> out) {
    while (!out.empty()) {
        const ByteView bytes = read(out.size());
        if (bytes.empty()) throw Error(ErrorCode::Corrupt, "a file of the server's archive is shorter than it says");
        std::ranges::copy(bytes, out.begin());
        out = out.subspan(bytes.size());
    }
}

std::size_t MemberBytes::read(std::span<std::byte> out) {
    const ByteView bytes = stream_.read(out.size());
    std::ranges::copy(bytes, out.begin());
    return bytes.size();
}

MemberPages::MemberPages(MemberStream& stream, std::uint32_t page_bytes, Look look)
    : stream_(stream), page_bytes_(page_bytes), look_(std::move(look)), all_(true) {}

MemberPages::MemberPages(MemberStream& stream, std::uint32_t page_bytes, Look look, std::vector<std::uint32_t> pages, std::uint64_t base_pages)
    : stream_(stream), page_bytes_(page_bytes), look_(std::move(look)), all_(false), pages_(std::move(pages)), base_pages_(base_pages) {}

void MemberPages::read(std::uint64_t first_page, std::span<std::byte> out) {
    const std::uint64_t end_page = first_page + out.size() / page_bytes_;
    if (all_) {
        read_come(first_page, out);
        for (std::uint64_t page = first_page; page < end_page; ++page) look_(page, out.subspan((page - first_page) * page_bytes_, page_bytes_));
        return;
    }
    auto come = std::ranges::lower_bound(pages_, first_page);
    std::uint64_t page = first_page;
    while (page < end_page) {
        const std::span<std::byte> here = out.subspan((page - first_page) * page_bytes_);
        if (come == pages_.end() || *come != page) {
            if (page < base_pages_) throw Error(ErrorCode::Changed, "the backup that this one builds on has lost some pages", "Take a full backup.");
            std::ranges::fill(here.first(page_bytes_), std::byte{0});
            ++page;
            continue;
        }
        std::uint64_t run = 0;
        while (come + static_cast<std::ptrdiff_t>(run) != pages_.end() && page + run < end_page && come[static_cast<std::ptrdiff_t>(run)] == page + run) ++run;
        read_come(static_cast<std::uint64_t>(come - pages_.begin()), here.first(run * page_bytes_));
        for (std::uint64_t i = 0; i < run; ++i) look_(page + i, here.subspan(i * page_bytes_, page_bytes_));
        come += static_cast<std::ptrdiff_t>(run);
        page += run;
    }
}

// Pages by their place among those that come.
void MemberPages::read_come(std::uint64_t first, std::span<std::byte> out) {
    const std::uint64_t from = first * page_bytes_, until = from + out.size();
    const std::lock_guard lock(mutex_);
    if (from < come_) take_early(from, out);
    while (come_ < until) {
        const ByteView bytes = stream_.read(static_cast<std::size_t>(until - come_));
        if (bytes.empty()) throw Error(ErrorCode::Corrupt, "a file of the server's archive is shorter than it says");
        const std::size_t before = come_ < from ? static_cast<std::size_t>(std::min<std::uint64_t>(from - come_, bytes.size())) : 0;
        if (before > 0) early_.push_back({come_, to_bytes(bytes.first(before)), before});
        const std::uint64_t at = come_ + before;
        if (before < bytes.size()) std::ranges::copy(bytes.subspan(before), out.begin() + static_cast<std::ptrdiff_t>(at - from));
        come_ += bytes.size();
    }
}

void MemberPages::take_early(std::uint64_t from, std::span<std::byte> out) {
    const std::uint64_t until = std::min(from + out.size(), come_);
    for (Early& early : early_) {
        const std::uint64_t begin = std::max(from, early.at), end = std::min(until, early.at + early.bytes.size());
        if (begin >= end) continue;
        std::ranges::copy(ByteView(early.bytes).subspan(begin - early.at, end - begin), out.begin() + static_cast<std::ptrdiff_t>(begin - from));
        early.left -= end - begin;
    }
    while (!early_.empty() && early_.front().left == 0) early_.pop_front();
}

}  // namespace holdfast
