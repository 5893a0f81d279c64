// Which chunks the repository has: identity → where. In memory while one backup is written, at most 40
// bytes a chunk: an open-addressing table of identity prefixes (16 bytes of a keyed hash: no two chunks
// share one), pack number and entry.
#pragma once

#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "engine/repository/layout.hpp"

namespace holdfast {

// Where a chunk is. Packs are numbered per session: PackNumbers says which they are.
struct ChunkPlace {
    std::uint32_t pack = 0;
    std::uint32_t entry = 0;
    bool operator==(const ChunkPlace&) const = default;
};

struct PackOwner {
    PackId id;
    KeyId owner;
};

// Thread-safe.
class PackNumbers {
public:
    std::uint32_t number_of(const PackId& id, const KeyId& owner);   // The same number for the same id.
    std::optional<std::uint32_t> find(const PackId& id) const;
    PackOwner at(std::uint32_t number) const;
    std::uint32_t size() const;

private:
    mutable std::shared_mutex mutex_;
    std::vector<PackOwner> packs_;
    std::unordered_map<PackId, std::uint32_t, Id16Hash> numbers_;
};

// Thread-safe.
class ChunkIndex {
public:
    ChunkIndex();
    std::optional<ChunkPlace> find(const Digest& identity) const;
    // Keeps the first place of an identity.
    void insert(const Digest& identity, const ChunkPlace& place);
    std::size_t size() const;

private:
    struct Slot {
        std::array<std::byte, 16> prefix{};
        std::uint32_t pack = 0;
        std::uint32_t entry_and_one = 0;   // 0: free.
    };
    static_assert(sizeof(Slot) == 24);
    const Slot& slot_of(const std::byte* prefix) const;
    void grow();

    mutable std::shared_mutex mutex_;
    std::vector<Slot> slots_;
    std::size_t used_ = 0;
};

}  // namespace holdfast
