#include "providers/databases/postgres/page_file.hpp"

#include <algorithm>

namespace holdfast {
namespace {

constexpr int kLooks = 5;   // At a page that may just be being written.

// Reads what is there, and zeros behind it.
void fill(const File& file, std::uint64_t offset, std::span<std::byte> out) {
    const std::size_t got = file.read_at(offset, out);
    std::ranges::fill(out.subspan(got), std::byte{0});
}

}  // namespace

void PageFile::read(std::uint64_t first_page, std::span<std::byte> out) {
    fill(file_, first_page * page_bytes_, out);
    for (std::size_t at = 0; at < out.size(); at += page_bytes_) {
        const std::uint64_t page = first_page + at / page_bytes_;
        const std::span<std::byte> bytes = out.subspan(at, page_bytes_);
        int looks = 1;
        while (!damaged_.is_sound(first_block_, page, bytes)) {
            if (looks++ == kLooks) {
                damaged_.look(name_, first_block_, page, bytes);
                break;
            }
            fill(file_, page * page_bytes_, bytes);
        }
    }
}

std::size_t FileBytes::read(std::span<std::byte> out) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_));
    const std::size_t got = wanted == 0 ? 0 : file_.read_at(at_, out.first(wanted));
    at_ += got;
    left_ = got < wanted ? 0 : left_ - got;
    return got;
}

}  // namespace holdfast
