// Buffers of one size that go round: the pipeline allocates nothing once it runs. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/bytes.hpp"

namespace holdfast {

using Buffer = std::unique_ptr<std::byte[]>;

class BufferPool {
public:
    explicit BufferPool(std::size_t bytes) : bytes_(bytes) {}
    std::size_t bytes() const { return bytes_; }
    Buffer take() {
        {
            const std::lock_guard lock(mutex_);
            if (!free_.empty()) {
                Buffer buffer = std::move(free_.back());
                free_.pop_back();
                return buffer;
            }
        }
        return std::make_unique_for_overwrite<std::byte[]>(bytes_);
    }
    void give_back(Buffer buffer) {
        if (!buffer) return;
        const std::lock_guard lock(mutex_);
        free_.push_back(std::move(buffer));
    }

private:
    const std::size_t bytes_;
    std::mutex mutex_;
    std::vector<Buffer> free_;
};

}  // namespace holdfast
