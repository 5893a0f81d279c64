// Keys: random ones, derived ones, ones made of a passphrase, and ed25519 signatures.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/base/secret.hpp"

namespace holdfast {

// Cryptographic randomness from the operating system.
Bytes random_bytes(std::size_t size);
Secret random_key();   // 32 bytes.

// HKDF-SHA-256 (RFC 5869), 32 bytes out.
Secret derive_key(const Secret& key, ByteView salt, std::string_view info);

// scrypt (RFC 7914), 32 bytes out.
struct ScryptCost {
    std::uint32_t log2_n = 15;
    std::uint32_t r = 8;
    std::uint32_t p = 1;
};
Secret key_from_passphrase(const Secret& passphrase, ByteView salt, const ScryptCost& cost);

// A ULID: 48 bits of milliseconds since the epoch and 80 random bits, 26 characters, lower case.
std::string new_ulid(std::int64_t millis);

// ed25519 (RFC 8032). A public key's text is "ed25519:" and 32 bytes in base64.
struct SigningKey {
    Secret private_key;      // 32 bytes, the seed.
    std::string public_key;  // Its text.
};
SigningKey new_signing_key();
SigningKey signing_key_from(const Secret& private_key);
Bytes sign(const SigningKey& key, ByteView message);
// False for a wrong signature; Error{Usage} for a public key that is not one.
bool is_signed_by(std::string_view public_key, ByteView message, ByteView signature);

}  // namespace holdfast
