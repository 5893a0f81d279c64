#include "engine/base/secret.hpp"

#include <cstring>

namespace holdfast {

void wipe_memory(void* data, std::size_t size) noexcept {
    if (size != 0) explicit_bzero(data, size);
}

void Secret::wipe() noexcept { wipe_memory(bytes_.data(), bytes_.size()); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        bytes_ = std::move(other.bytes_);
        other.bytes_.clear();
    }
    return *this;
}

}  // namespace holdfast
