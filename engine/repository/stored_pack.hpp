// One pack as it stands in the store: its footer, and chunks read from it one by one.
#pragma once

#include "engine/repository/codec.hpp"
#include "engine/repository/pack_format.hpp"
#include "engine/repository/piece_cipher.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

// One thread at a time.
class StoredPack {
public:
    // Reads and authenticates header, footer and trailer. Throws Missing or Corrupt.
    StoredPack(Store& store, Suite suite, const PackId& id, const Secret& key);

    const PackContents& contents() const { return contents_; }
    // The chunk as it was compressed: authenticated, not decompressed. Throws Corrupt.
    Bytes read_compressed(std::uint32_t entry);
    // Fills `out` with the chunk itself. Throws Corrupt. Requires: entry exists.
    void read_plain(std::uint32_t entry, Bytes& out);

private:
    Store& store_;
    std::string object_;
    PieceCipher cipher_;
    ChunkDecompressor decompressor_;
    PackContents contents_;
};

// The owner of a pack, read from its header in clear.
KeyId owner_of_pack(Store& store, const PackId& id);

}  // namespace holdfast
