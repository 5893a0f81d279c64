// The newest frame of each page in one generation of a write-ahead log: eight bytes per distinct page.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace holdfast {

class NewestFrames {
public:
    struct PageFrame {
        std::uint32_t page;
        std::uint32_t frame;
    };

    void add(std::uint32_t page, std::uint32_t frame);   // Pages and frames count from 1.
    // Brings what was added into order. Requires: called after the last add() and before the reading calls below.
    void settle();
    // Takes over what `later` has; both settled before and after.
    void merge(const NewestFrames& later);
    void clear();

    std::optional<std::uint32_t> frame_of(std::uint32_t page) const;
    const std::vector<PageFrame>& all() const { return newest_; }   // By page.

private:
    std::vector<PageFrame> newest_;
    std::size_t tidy_at_ = 65536;
};

}  // namespace holdfast
