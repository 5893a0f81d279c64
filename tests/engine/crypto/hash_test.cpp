#include "engine/crypto/hash.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }
Bytes repeated(std::size_t count, unsigned value) { return Bytes(count, static_cast<std::byte>(value)); }

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4's examples", "[crypto][hash]") {
    CHECK(to_hex(sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(to_hex(sha256(repeated(1'000'000, 'a'))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("hashing piece by piece gives the digest of the whole", "[crypto][hash]") {
    Sha256 pieces;
    for (const char* piece : {"ab", "", "c"}) pieces.update(as_bytes(piece));
    CHECK(pieces.finish() == sha256(as_bytes("abc")));
}

TEST_CASE("HMAC-SHA-256 gives the codes of RFC 4231", "[crypto][hash]") {
    struct Case { Bytes key, message; std::string_view code; };
    const Case cases[] = {
        {repeated(20, 0x0b), to_bytes(as_bytes("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {to_bytes(as_bytes("Jefe")), to_bytes(as_bytes("what do ya want for nothing?")),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {repeated(20, 0xaa), repeated(50, 0xdd), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {repeated(131, 0xaa), to_bytes(as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (const Case& one : cases) {
        CHECK(to_hex(hmac_sha256(one.key, one.message)) == one.code);
        Hmac many{Secret(Bytes(one.key))};
        CHECK(to_hex(many.of(one.message)) == one.code);
        CHECK(to_hex(many.of(one.message)) == one.code);
    }
}

TEST_CASE("an empty key and an empty message have a code", "[crypto][hash]") {
    CHECK(to_hex(hmac_sha256({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("a fingerprint is the GMAC of the page under a zero nonce", "[crypto][hash]") {
    // The Galois/Counter Mode of Operation, test case 13: a zero key, a zero nonce, nothing to seal.
    Fingerprinter zero{Secret(repeated(32, 0))};
    CHECK(to_hex(zero.of({})) == "530f8afbc74536b9a963b4f1c4cb738b");
}

TEST_CASE("fingerprints depend on every bit of the page and on the key", "[crypto][hash]") {
    Fingerprinter one{Secret(repeated(32, 1))};
    Fingerprinter other{Secret(repeated(32, 2))};
    Bytes page = repeated(4096, 0x5a);
    const Fingerprint before = one.of(page);
    CHECK(one.of(page) == before);
    CHECK(other.of(page) != before);
    for (const std::size_t at : {std::size_t{0}, std::size_t{15}, std::size_t{16}, std::size_t{2048}, std::size_t{4095}}) {
        page[at] ^= std::byte{0x10};
        CHECK(one.of(page) != before);
        page[at] ^= std::byte{0x10};
    }
    CHECK(one.of(ByteView(page).first(4095)) != before);
}

TEST_CASE("bytes are compared by content and length", "[crypto][hash]") {
    CHECK(equal_in_constant_time(hex("0102"), hex("0102")));
    CHECK_FALSE(equal_in_constant_time(hex("0102"), hex("0103")));
    CHECK_FALSE(equal_in_constant_time(hex("0102"), hex("01")));
    CHECK(equal_in_constant_time({}, {}));
}
