#include "engine/operations/dsse.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("an envelope is opened by the key that signed it alone", "[operations][evidence]") {
    const SigningKey key = new_signing_key();
    DsseEnvelope envelope = sign_envelope("text/plain", "hello world", key);
    CHECK(is_signed(envelope, key.public_key));
    CHECK_FALSE(is_signed(envelope, new_signing_key().public_key));
    DsseEnvelope other = envelope;
    other.payload = "hello w0rld";
    CHECK_FALSE(is_signed(other, key.public_key));
    other = envelope;
    other.payload_type = "text/plai";
    CHECK_FALSE(is_signed(other, key.public_key));
    other = envelope;
    other.key_id[0] = other.key_id[0] == '0' ? '1' : '0';
    CHECK_FALSE(is_signed(other, key.public_key));
}

TEST_CASE("what is signed is the encoding that DSSE's protocol names", "[operations][evidence]") {
    // protocol.md: PAE("http://example.com/HelloWorld", "hello world").
    const SigningKey key = new_signing_key();
    const DsseEnvelope envelope = sign_envelope("http://example.com/HelloWorld", "hello world", key);
    CHECK(is_signed_by(key.public_key, as_bytes("DSSEv1 29 http://example.com/HelloWorld 11 hello world"), envelope.signature));
}
