#include "providers/databases/postgres/damaged_pages.hpp"

#include "engine/base/format.hpp"

namespace holdfast {
namespace {
constexpr std::size_t kProblemsMax = 100;
}

bool DamagedPages::is_sound(std::uint32_t first_block, std::uint64_t page, ByteView bytes) const {
    return !checksums_ || page_is_sound(bytes, static_cast<std::uint32_t>(first_block + page), trusted_until_);
}

void DamagedPages::look(const std::string& file, std::uint32_t first_block, std::uint64_t page, ByteView bytes) {
    if (is_sound(first_block, page, bytes)) return;
    const auto block = static_cast<std::uint32_t>(first_block + page);
    const std::lock_guard lock(mutex_);
    ++count_;
    if (problems_.size() == kProblemsMax) return;
    problems_.push_back({fmt::format("{} page {}", file, page),
                         fmt::format("its checksum is {:04x}, its content has {:04x}", stored_checksum(bytes), page_checksum(bytes, block))});
}

}  // namespace holdfast
