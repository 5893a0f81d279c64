// Reads chunks out of packs: opens footers (or, where one is damaged, asks the index), fetches ranges,
// authenticates and decompresses. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "engine/repository/codec.hpp"
#include "engine/repository/index_object.hpp"
#include "engine/repository/keyring.hpp"
#include "engine/repository/point_format.hpp"

namespace holdfast {

// One pack that can be read.
struct PackView {
    PackId id;
    KeyId owner;
    Secret key;
    Bytes header;                    // As it must be.
    std::vector<PackEntry> entries;
    std::uint64_t bytes = 0;         // Of the object; 0 where only the index knows of it.
    std::string footer_damage;       // Why the index had to be asked; empty: the footer is sound.
};
using PackPointer = std::shared_ptr<const PackView>;   // Shared: readers on other threads may still use one that the cache dropped.

// A worker's own tools and memory.
struct ChunkTools {
    ChunkDecompressor decompressor;
    std::optional<PieceCipher> cipher;   // Of the pack read last.
    PackId cipher_of;
    Bytes opened;                        // Opened, not yet decompressed.
};

class PackSource {
public:
    PackSource(Store& store, Keyring& keys) : store_(store), keys_(keys) {}
    // Throws Missing, Corrupt (footer and index), or CannotRecover where its key is gone.
    PackPointer open(const PackId& id, const KeyId& owner, const Secret* key);
    // Fetches stored bytes as they are.
    void fetch(const PackView& pack, std::uint64_t offset, std::span<std::byte> out);
    // Opens one fetched chunk into `plain` (plain_bytes of it). Throws Corrupt, or Unavailable for a kind it does not know.
    void open_chunk(const PackView& pack, std::uint32_t entry, ByteView stored, ChunkTools& tools, std::span<std::byte> plain);
    // The content of a chunk of page deltas (delta_chunk.hpp), opened. Throws Corrupt where it is something else.
    Bytes open_deltas(const PackView& pack, std::uint32_t entry, ByteView stored, ChunkTools& tools);
    // The entry, or Error{Corrupt} where the pack has none of that number.
    static const PackEntry& entry_of(const PackView& pack, std::uint32_t entry);

    // Where an entry of a point's pack is now.
    struct Located {
        PackPointer pack;
        std::uint32_t entry = 0;
    };
    Located locate(const NeededPack& pack, std::uint32_t entry);
    // Fetches entries in as few reads as is sensible; calls `visit(index in wanted, stored bytes)` in order. Requires: `wanted`
    // is sorted by pack and then by entry, each once.
    void fetch_near(std::span<const Located> wanted, Bytes& fetched, const std::function<void(std::size_t, ByteView)>& visit);
    Suite suite() const { return keys_.suite(); }
    std::uint64_t fetched_bytes() const { return fetched_bytes_; }

private:
    void open_piece(const PackView& pack, std::uint32_t entry, ByteView stored, ChunkTools& tools, std::span<std::byte> content);
    std::shared_ptr<PackView> read_footer(const PackId& id, const KeyId& owner, Secret key);
    const std::vector<PackEntry>* entries_by_index(const PackId& id);
    std::shared_ptr<const Relocations> relocations();

    Store& store_;
    Keyring& keys_;
    std::mutex mutex_;
    std::map<PackId, PackPointer> open_;
    std::shared_ptr<const Relocations> relocations_;
    std::optional<std::map<PackId, std::vector<PackEntry>>> index_;   // Read only when a footer is damaged.
    std::atomic<std::uint64_t> fetched_bytes_ = 0;
};

}  // namespace holdfast
