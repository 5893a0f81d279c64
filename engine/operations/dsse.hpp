// Signed envelopes: DSSE v1 (github.com/secure-systems-lab/dsse, protocol.md) with ed25519.
#pragma once

#include <string>

#include "engine/crypto/keys.hpp"

namespace holdfast {

struct DsseEnvelope {
    std::string payload_type;      // "application/vnd.in-toto+json"
    std::string payload;
    std::string key_id;            // SHA-256 of the public key's text, hex.
    Bytes signature;
};

DsseEnvelope sign_envelope(std::string payload_type, std::string payload, const SigningKey& key);
// False for a wrong signature or another key. Throws Error{Usage} for a public key that is not one.
bool is_signed(const DsseEnvelope& envelope, std::string_view public_key);

std::string key_id_of(std::string_view public_key);
// SHA-256, hex.
std::string digest_of_text(std::string_view text);

}  // namespace holdfast
