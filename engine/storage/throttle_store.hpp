// A store that moves no more than so many bytes a second, in both directions together and over all
// threads, so that a backup leaves room on a shared line.
#pragma once

#include <functional>
#include <memory>

#include "engine/base/clock.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

struct Throttle {
    std::uint64_t bytes_per_second = 0;   // At least 1.
    const Clock* clock = nullptr;         // Outlives the store; its steady() is used.
    std::function<void(Duration)> sleep;
};

// Requires: all fields are set.
std::unique_ptr<Store> make_throttle_store(std::unique_ptr<Store> inner, Throttle throttle);

}  // namespace holdfast
