#include "engine/repository/stream_cutter.hpp"

#include <bit>
#include <cstring>

#include "engine/crypto/hash.hpp"

namespace holdfast {
namespace {

std::uint64_t high_bits(int count) { return ~std::uint64_t{0} << (64 - count); }

}  // namespace

StreamCutter::StreamCutter(const Secret& key, std::uint32_t average)
    : bytes_min_(average / 4),
      average_(average),
      bytes_max_(std::size_t{average} * 4),
      mask_before_(high_bits(std::countr_zero(average) + 2)),
      mask_after_(high_bits(std::countr_zero(average) - 2)) {
    for (unsigned i = 0; i < gear_.size(); ++i) {
        const auto byte = static_cast<std::byte>(i);
        const Digest digest = hmac_sha256(key.reveal(), ByteView(&byte, 1));
        std::memcpy(&gear_[i], digest.data(), sizeof(gear_[i]));
    }
}

std::size_t StreamCutter::cut(ByteView window) const {
    const std::size_t end = std::min(window.size(), bytes_max_);
    std::uint64_t hash = 0;
    for (std::size_t i = bytes_min_; i < end; ++i) {
        hash = (hash << 1) + gear_[std::to_integer<std::size_t>(window[i])];
        // Harder before the average, easier behind it: lengths stay near it.
        if ((hash & (i < average_ ? mask_before_ : mask_after_)) == 0) return i + 1;
    }
    return end;
}

}  // namespace holdfast
