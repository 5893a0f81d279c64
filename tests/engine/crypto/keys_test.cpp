#include "engine/crypto/keys.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

ErrorCode code_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.code;
    }
    return ErrorCode::Internal;
}

}  // namespace

TEST_CASE("HKDF gives the keys of RFC 5869", "[crypto][keys]") {
    // Test cases 1 and 3, cut to our 32 bytes.
    const Secret key{Bytes(22, std::byte{0x0b})};
    const Bytes salt = hex("000102030405060708090a0b0c");
    const Bytes info = hex("f0f1f2f3f4f5f6f7f8f9");
    CHECK(to_hex(derive_key(key, salt, as_text(info)).reveal()) ==
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    CHECK(to_hex(derive_key(key, {}, "").reveal()) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST_CASE("scrypt gives the keys of RFC 7914", "[crypto][keys]") {
    // Section 12, cut to our 32 bytes.
    const Secret password{std::string_view("password")};
    CHECK(to_hex(key_from_passphrase(password, as_bytes("NaCl"), {.log2_n = 10, .r = 8, .p = 16}).reveal()) ==
          "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
    const Secret other{std::string_view("pleaseletmein")};
    CHECK(to_hex(key_from_passphrase(other, as_bytes("SodiumChloride"), {.log2_n = 14, .r = 8, .p = 1}).reveal()) ==
          "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST_CASE("a passphrase's cost from a hostile file is refused", "[crypto][keys]") {
    const Secret password{std::string_view("x")};
    const ScryptCost costs[] = {{.log2_n = 0, .r = 8, .p = 1},
                                {.log2_n = 31, .r = 8, .p = 1},
                                {.log2_n = 24, .r = 64, .p = 1},
                                {.log2_n = 15, .r = 0, .p = 1},
                                {.log2_n = 15, .r = 8, .p = 1'000'000}};
    for (const ScryptCost& cost : costs) {
        CHECK(code_of([&] { key_from_passphrase(password, {}, cost); }) == ErrorCode::Corrupt);
    }
}

TEST_CASE("signing gives the keys and signatures of RFC 8032", "[crypto][keys]") {
    struct Case { std::string_view seed, public_key, message, signature; };
    // Section 7.1, tests 1 and 2.
    const Case cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    };
    for (const Case& one : cases) {
        const SigningKey key = signing_key_from(Secret(hex(one.seed)));
        CHECK(key.public_key == "ed25519:" + to_base64(hex(one.public_key)));
        const Bytes signature = sign(key, hex(one.message));
        CHECK(to_hex(signature) == one.signature);
        CHECK(is_signed_by(key.public_key, hex(one.message), signature));
    }
}

TEST_CASE("a signature holds for its key and message alone", "[crypto][keys]") {
    const SigningKey key = new_signing_key();
    const Bytes signature = sign(key, as_bytes("approve run 7"));
    CHECK(is_signed_by(key.public_key, as_bytes("approve run 7"), signature));
    CHECK_FALSE(is_signed_by(key.public_key, as_bytes("approve run 8"), signature));
    CHECK_FALSE(is_signed_by(new_signing_key().public_key, as_bytes("approve run 7"), signature));
    CHECK_FALSE(is_signed_by(key.public_key, as_bytes("approve run 7"), ByteView(signature).first(63)));
    CHECK_FALSE(is_signed_by(key.public_key, as_bytes("approve run 7"), {}));
}

TEST_CASE("a text that is no public key is a mistake of usage", "[crypto][keys]") {
    for (const char* bad : {"", "ed25519:", "ed25519:AAAA", "rsa:AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}) {
        INFO(bad);
        CHECK(code_of([&] { (void)is_signed_by(bad, {}, {}); }) == ErrorCode::Usage);
    }
    CHECK(code_of([] { signing_key_from(Secret(Bytes(31))); }) == ErrorCode::Usage);
}

TEST_CASE("a ULID begins with its time and sorts by it", "[crypto][keys]") {
    // The specification's own example: 1469918176385 is 01ARYZ6S41.
    const std::string id = new_ulid(1469918176385);
    CHECK(id.size() == 26);
    CHECK(id.substr(0, 10) == "01aryz6s41");
    CHECK(new_ulid(1469918176385) != id);
    CHECK(new_ulid(1469918176386) > id);
}

TEST_CASE("random bytes have the size asked for and differ", "[crypto][keys]") {
    CHECK(random_bytes(0).empty());
    CHECK(random_bytes(1000).size() == 1000);
    CHECK(random_bytes(32) != random_bytes(32));
    CHECK(random_key().size() == 32);
}
