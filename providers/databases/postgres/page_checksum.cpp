#include "providers/databases/postgres/page_checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "engine/base/check.hpp"

namespace holdfast {
namespace {

static_assert(std::endian::native == std::endian::little, "pages are read as the server's machine wrote them");

constexpr std::uint32_t kPrime = 16777619;
constexpr std::size_t kSums = 32;
constexpr std::size_t kRowBytes = kSums * sizeof(std::uint32_t);
constexpr std::size_t kChecksumWord = 2;   // Whose lower half is the checksum itself, which counts as zero.

using Sums = std::array<std::uint32_t, kSums>;
constexpr Sums kBegin{0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
                      0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
                      0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
                      0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756};

// Eight sums at a time, in whatever registers the machine has.
typedef std::uint32_t EightSums __attribute__((vector_size(32)));

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("avx2", "default")))
#endif
std::uint32_t sum_of(const std::byte* page, std::size_t rows) {
    EightSums sums[4];
    std::memcpy(sums, kBegin.data(), sizeof sums);
    for (std::size_t row = 0; row < rows + 2; ++row) {
        EightSums words[4]{};   // Two rounds of zeros at the end.
        if (row < rows) std::memcpy(words, page + row * kRowBytes, sizeof words);
        if (row == 0) words[0][kChecksumWord] &= 0xFFFF0000U;
        for (int i = 0; i < 4; ++i) {
            const EightSums mixed = sums[i] ^ words[i];
            sums[i] = (mixed * kPrime) ^ (mixed >> 17);
        }
    }
    std::uint32_t result = 0;
    for (const EightSums& eight : sums) {
        for (int i = 0; i < 8; ++i) result ^= eight[i];
    }
    return result;
}

template <typename Number>
Number number_at(ByteView page, std::size_t at) {
    Number value = 0;
    std::memcpy(&value, page.data() + at, sizeof value);
    return value;
}

}  // namespace

Lsn lsn_of_page(ByteView page) { return {std::uint64_t{number_at<std::uint32_t>(page, 0)} << 32 | number_at<std::uint32_t>(page, 4)}; }
bool is_new_page(ByteView page) { return number_at<std::uint16_t>(page, 14) == 0; }
std::uint16_t stored_checksum(ByteView page) { return number_at<std::uint16_t>(page, 8); }

std::uint16_t page_checksum(ByteView page, std::uint32_t block) {
    HOLDFAST_CHECK(page.size() >= 4 * kRowBytes && page.size() % kRowBytes == 0);
    return static_cast<std::uint16_t>((sum_of(page.data(), page.size() / kRowBytes) ^ block) % 65535 + 1);
}

bool page_is_sound(ByteView page, std::uint32_t block, Lsn trusted_until) {
    return is_new_page(page) || lsn_of_page(page) >= trusted_until || page_checksum(page, block) == stored_checksum(page);
}

}  // namespace holdfast
