#include "providers/databases/sqlite/wal_index.hpp"

#include <sqlite3.h>

#include <cstring>

#include "engine/base/error.hpp"
#include "engine/sqlite/failure.hpp"

namespace holdfast {
namespace {

constexpr int kRegionBytes = 32768;
constexpr std::uint32_t kVersion = 3007000;
constexpr std::size_t kHeaderWords = 12;
constexpr std::size_t kBackfillWord = 24;   // Byte 96: right after the two copies of the header.

// Other processes write this memory at any time, so each word is loaded on its own.
std::uint32_t load_word(const std::uint32_t* words, std::size_t index) { return __atomic_load_n(words + index, __ATOMIC_ACQUIRE); }

WalIndexHeader load_header(const std::uint32_t* words, std::size_t from) {
    WalIndexHeader header;
    for (std::size_t i = 0; i < kHeaderWords; ++i) header.words[i] = load_word(words, from + i);
    return header;
}

// The last two words are the checksum of the first ten, in the machine's byte order.
bool is_whole(const WalIndexHeader& header) {
    std::uint32_t s0 = 0;
    std::uint32_t s1 = 0;
    for (std::size_t i = 0; i + 2 < kHeaderWords; i += 2) {
        s0 += header.words[i] + s1;
        s1 += header.words[i + 1] + s0;
    }
    return header.words[10] == s0 && header.words[11] == s1 && header.words[0] == kVersion;
}

}  // namespace

std::uint32_t WalIndexHeader::page_bytes() const {
    std::uint16_t stored = 0;   // Bytes 14 and 15, in the machine's byte order; 1 stands for 65536.
    std::memcpy(&stored, reinterpret_cast<const std::byte*>(words.data()) + 14, sizeof stored);
    return stored == 1 ? 65536U : stored;
}

std::array<std::byte, 8> WalIndexHeader::salts() const {
    std::array<std::byte, 8> salts{};
    std::memcpy(salts.data(), words.data() + 8, salts.size());
    return salts;
}

std::optional<WalIndex> parse_wal_index(ByteView file) {
    std::array<std::uint32_t, kBackfillWord + 1> words{};
    if (file.size() < sizeof words) return std::nullopt;
    std::memcpy(words.data(), file.data(), sizeof words);
    const WalIndex index{.header = load_header(words.data(), 0), .backfilled = words[kBackfillWord]};
    if (load_header(words.data(), kHeaderWords) != index.header || !is_whole(index.header)) return std::nullopt;
    return index;
}

std::optional<WalIndex> read_wal_index(sqlite3* database) {
    sqlite3_file* file = nullptr;
    const int found = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (found != SQLITE_OK) throw_sqlite(database, found, "find the file of the database");
    void volatile* region = nullptr;
    if (file->pMethods->iVersion < 2 || file->pMethods->xShmMap(file, 0, kRegionBytes, 0, &region) == SQLITE_NOMEM || region == nullptr) {
        throw Error(ErrorCode::NotPermitted, "the shared memory of the database (-shm) cannot be read",
                    "Give this user read and write access to the database's folder.");
    }
    const auto* words = static_cast<const std::uint32_t*>(const_cast<void*>(region));
    WalIndex index;
    index.backfilled = load_word(words, kBackfillWord);
    file->pMethods->xShmBarrier(file);
    index.header = load_header(words, 0);
    file->pMethods->xShmBarrier(file);
    if (load_header(words, kHeaderWords) != index.header || !is_whole(index.header)) return std::nullopt;
    return index;
}

}  // namespace holdfast
