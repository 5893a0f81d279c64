#include "providers/databases/sqlite/before_pages.hpp"

#include "engine/base/error.hpp"

namespace holdfast {

void BeforePages::read(std::uint64_t first_page, std::span<std::byte> out) {
    const std::size_t page_bytes = holds_.page_bytes();
    for (std::size_t at = 0; at < out.size(); at += page_bytes, ++first_page) {
        read_page(static_cast<std::uint32_t>(first_page + 1), out.subspan(at, page_bytes));
    }
}

void BeforePages::read_page(std::uint32_t page, std::span<std::byte> out) const {
    if (page <= state_.pages_durable && page <= state_.pages_least && !state_.waiting.frame_of(page)) {
        if (const auto frame = state_.durable.frame_of(page)) return tail_.read_frame(*frame, out);
        const std::uint64_t offset = (std::uint64_t{page} - 1) * out.size();
        if (state_.file_is_ours && holds_.file().read_at(offset, out) == out.size()) return;
    }
    throw Error(ErrorCode::Missing, "page " + std::to_string(page - 1) + " as it stood before is not at hand");
}

}  // namespace holdfast
