// Sealing: AES-256-GCM (NIST SP 800-38D). A sealed piece is the ciphertext followed by a 16-byte tag.
#pragma once

#include <memory>

#include "engine/base/bytes.hpp"
#include "engine/base/secret.hpp"

namespace holdfast {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kSealOverheadBytes = 16;

// Seals and opens many pieces under one key. The caller owns the rule that makes GCM safe: one
// (key, nonce) is used for one piece only. The 96-bit nonce is four zero bytes and `nonce`, big-endian.
// One thread at a time; make one per worker.
class Sealer {
public:
    explicit Sealer(const Secret& key);   // Requires: kKeyBytes bytes.
    Sealer(Sealer&&) noexcept;
    Sealer& operator=(Sealer&&) noexcept;
    ~Sealer();
    // Writes plain.size() + 16 bytes to `out`, which may not overlap `plain`.
    void seal(std::uint64_t nonce, ByteView associated, ByteView plain, std::span<std::byte> out);
    // Writes sealed.size() - 16 bytes to `out`; returns false (and leaves rubbish in `out`, to be thrown
    // away) where one bit of key, nonce, associated data or sealed bytes differs.
    [[nodiscard]] bool open(std::uint64_t nonce, ByteView associated, ByteView sealed, std::span<std::byte> out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// One piece under a long-lived key: a random 96-bit nonce goes in front. For wrapped keys and small objects.
Bytes seal_once(const Secret& key, ByteView associated, ByteView plain);
// Throws Error{WrongKey}.
Bytes open_once(const Secret& key, ByteView associated, ByteView sealed);

}  // namespace holdfast
