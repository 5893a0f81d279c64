#include "providers/databases/sqlite/newest_frames.hpp"

#include <algorithm>

namespace holdfast {
namespace {

constexpr std::size_t kTidyAt = 65536;

bool newest_first(const NewestFrames::PageFrame& a, const NewestFrames::PageFrame& b) {
    return a.page != b.page ? a.page < b.page : a.frame > b.frame;
}

void keep_first_of_each(std::vector<NewestFrames::PageFrame>& frames) {
    const auto same_page = [](const NewestFrames::PageFrame& a, const NewestFrames::PageFrame& b) { return a.page == b.page; };
    frames.erase(std::unique(frames.begin(), frames.end(), same_page), frames.end());
}

}  // namespace

// Often the same few pages come again and again, so the list is tidied now and then.
void NewestFrames::add(std::uint32_t page, std::uint32_t frame) {
    newest_.push_back({page, frame});
    if (newest_.size() < tidy_at_) return;
    settle();
    tidy_at_ = std::max(kTidyAt, newest_.size() * 2);
}

void NewestFrames::settle() {
    std::ranges::sort(newest_, newest_first);
    keep_first_of_each(newest_);
}

// Mostly the same pages come again, so only what is new moves the others.
void NewestFrames::merge(const NewestFrames& later) {
    const auto middle = static_cast<std::ptrdiff_t>(newest_.size());
    for (const PageFrame& one : later.newest_) {
        const auto known = std::ranges::lower_bound(newest_.begin(), newest_.begin() + middle, one.page, {}, &PageFrame::page);
        if (known != newest_.begin() + middle && known->page == one.page) {
            known->frame = std::max(known->frame, one.frame);
        } else {
            newest_.push_back(one);
        }
    }
    std::ranges::inplace_merge(newest_, newest_.begin() + middle, {}, &PageFrame::page);
}

void NewestFrames::clear() { *this = {}; }

std::optional<std::uint32_t> NewestFrames::frame_of(std::uint32_t page) const {
    const auto found = std::ranges::lower_bound(newest_, page, {}, &PageFrame::page);
    if (found == newest_.end() || found->page != page) return std::nullopt;
    return found->frame;
}

}  // namespace holdfast
