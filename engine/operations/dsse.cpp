#include "engine/operations/dsse.hpp"

#include "engine/base/format.hpp"
#include "engine/crypto/hash.hpp"

namespace holdfast {
namespace {

// The "pre-authentication encoding": what is signed, so that neither part can be taken for the other.
std::string signed_text(const std::string& type, const std::string& payload) { return fmt::format("DSSEv1 {} {} {} {}", type.size(), type, payload.size(), payload); }

}  // namespace

DsseEnvelope sign_envelope(std::string payload_type, std::string payload, const SigningKey& key) {
    DsseEnvelope envelope{.payload_type = std::move(payload_type), .payload = std::move(payload), .key_id = key_id_of(key.public_key), .signature = {}};
    envelope.signature = sign(key, as_bytes(signed_text(envelope.payload_type, envelope.payload)));
    return envelope;
}

bool is_signed(const DsseEnvelope& envelope, std::string_view public_key) {
    return is_signed_by(public_key, as_bytes(signed_text(envelope.payload_type, envelope.payload)), envelope.signature) && envelope.key_id == key_id_of(public_key);
}

std::string key_id_of(std::string_view public_key) { return digest_of_text(public_key); }
std::string digest_of_text(std::string_view text) { return to_hex(sha256(as_bytes(text))); }

}  // namespace holdfast
