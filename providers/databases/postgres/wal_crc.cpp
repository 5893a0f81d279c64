#include "providers/databases/postgres/wal_crc.hpp"

#include <array>
#include <cstring>

namespace holdfast {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;   // Bits reversed.

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1U) != 0 ? kPolynomial : 0U);
        tables[0][i] = value;
    }
    for (std::size_t i = 0; i < 256; ++i) {
        for (std::size_t k = 1; k < 8; ++k) tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xffU];
    }
    return tables;
}

std::uint32_t add_by_table(std::uint32_t crc, const std::byte* at, std::size_t bytes) {
    static constexpr Tables kTables = make_tables();
    for (; bytes >= 8; at += 8, bytes -= 8) {
        std::uint32_t low = 0, high = 0;
        std::memcpy(&low, at, 4);
        std::memcpy(&high, at + 4, 4);
        low ^= crc;
        crc = kTables[7][low & 0xffU] ^ kTables[6][(low >> 8) & 0xffU] ^ kTables[5][(low >> 16) & 0xffU] ^ kTables[4][low >> 24] ^
              kTables[3][high & 0xffU] ^ kTables[2][(high >> 8) & 0xffU] ^ kTables[1][(high >> 16) & 0xffU] ^ kTables[0][high >> 24];
    }
    for (; bytes > 0; ++at, --bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(*at)) & 0xffU];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t add_by_instruction(std::uint32_t crc, const std::byte* at, std::size_t bytes) {
    std::uint64_t wide = crc;
    for (; bytes >= 8; at += 8, bytes -= 8) {
        unsigned long long word = 0;
        std::memcpy(&word, at, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = static_cast<std::uint32_t>(wide);
    for (; bytes > 0; ++at, --bytes) crc = __builtin_ia32_crc32qi(crc, std::to_integer<unsigned char>(*at));
    return crc;
}
#endif

}  // namespace

void Crc32c::add(ByteView bytes) {
#if defined(__x86_64__)
    static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
    if (kHasInstruction) {
        state_ = add_by_instruction(state_, bytes.data(), bytes.size());
        return;
    }
#endif
    state_ = add_by_table(state_, bytes.data(), bytes.size());
}

}  // namespace holdfast
