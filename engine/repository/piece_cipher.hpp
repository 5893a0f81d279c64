// Protects pieces under one key: sealed with AES-256-GCM, or (`encryption: none`) as they are, followed
// by a checksum of the same length. So everything above is one code for both.
#pragma once

#include "engine/crypto/seal.hpp"
#include "engine/repository/layout.hpp"

namespace holdfast {

// The caller sees to it that one (key, nonce) protects one piece only. One thread at a time.
class PieceCipher {
public:
    PieceCipher(Suite suite, const Secret& key);
    // Writes plain.size() + kSealOverheadBytes bytes to `out`.
    void seal(std::uint64_t nonce, ByteView associated, ByteView plain, std::span<std::byte> out);
    Bytes seal(std::uint64_t nonce, ByteView associated, ByteView plain);
    // False where a bit differs; `out` is then rubbish.
    [[nodiscard]] bool open(std::uint64_t nonce, ByteView associated, ByteView sealed, std::span<std::byte> out);
    std::optional<Bytes> open(std::uint64_t nonce, ByteView associated, ByteView sealed);

private:
    std::optional<Sealer> sealer_;   // Nothing: checksums only.
};

// The small objects under the metadata key (index, moved, leases, marks): a 32-byte header with magic and salt, then
// one sealed piece whose key comes from the salt and whose associated data are header and object name.
struct ObjectSealing {
    Suite suite = Suite::Aes256Gcm;
    const Secret* key = nullptr;
};
Bytes seal_object(const ObjectSealing& sealing, std::string_view magic, std::string_view name, ByteView plain);
// Throws Error{Corrupt} where it does not open or its version is newer.
Bytes open_object(const ObjectSealing& sealing, std::string_view magic, std::string_view name, ByteView object);

// Reads magic and version. Throws as open_object().
void expect_magic(ByteReader& reader, std::string_view magic, std::string_view what);
void write_magic(ByteWriter& writer, std::string_view magic);

}  // namespace holdfast
