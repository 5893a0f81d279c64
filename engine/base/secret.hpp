// Keys and passwords: wiped when they go, never copied by accident, never printed.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"

namespace holdfast {

class Secret {
public:
    Secret() = default;
    explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
    explicit Secret(std::string_view text) : bytes_(to_bytes(as_bytes(text))) {}
    Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(); }

    // The only way to the content; its name is easy to search for in a review.
    ByteView reveal() const { return bytes_; }
    std::size_t size() const { return bytes_.size(); }
    bool empty() const { return bytes_.empty(); }
    Secret clone() const { return Secret(Bytes(bytes_)); }

private:
    void wipe() noexcept;
    Bytes bytes_;
};

// Overwrites memory in a way that the compiler keeps.
void wipe_memory(void* data, std::size_t size) noexcept;

}  // namespace holdfast
