#include "engine/crypto/seal.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/crypto/keys.hpp"

using namespace holdfast;

namespace {

Secret zero_key() { return Secret(Bytes(kKeyBytes)); }

Bytes sealed_by(Sealer& sealer, std::uint64_t nonce, std::string_view associated, ByteView plain) {
    Bytes out(plain.size() + kSealOverheadBytes);
    sealer.seal(nonce, as_bytes(associated), plain, out);
    return out;
}

bool opens(Sealer& sealer, std::uint64_t nonce, std::string_view associated, ByteView sealed) {
    Bytes out(sealed.size() < kSealOverheadBytes ? 0 : sealed.size() - kSealOverheadBytes);
    return sealer.open(nonce, as_bytes(associated), sealed, out);
}

}  // namespace

TEST_CASE("sealing gives the bytes of the GCM specification's test cases 13 and 14", "[crypto][seal]") {
    Sealer sealer(zero_key());
    CHECK(to_hex(sealed_by(sealer, 0, "", {})) == "530f8afbc74536b9a963b4f1c4cb738b");
    CHECK(to_hex(sealed_by(sealer, 0, "", Bytes(16))) ==
          "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST_CASE("the nonce is four zero bytes and a big-endian counter", "[crypto][seal]") {
    // Made with another implementation (python3-cryptography's AESGCM): key 00..1f, nonce 000000000102030405060708.
    Bytes key(kKeyBytes);
    for (std::size_t at = 0; at < key.size(); ++at) key[at] = static_cast<std::byte>(at);
    Sealer sealer{Secret(std::move(key))};
    CHECK(to_hex(sealed_by(sealer, 0x0102030405060708, "bound", as_bytes("hello page"))) ==
          "6c340962b2c179ff64fa8035a6912e82da36f9a47f9b210b75dd");
}

TEST_CASE("what was sealed opens again and many pieces use one sealer", "[crypto][seal]") {
    Sealer sealer(random_key());
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{300'000}}) {
        const Bytes plain = random_bytes(size);
        const Bytes sealed = sealed_by(sealer, size, "id", plain);
        Bytes out(size);
        REQUIRE(sealer.open(size, as_bytes("id"), sealed, out));
        CHECK(out == plain);
    }
}

TEST_CASE("one changed bit anywhere keeps a piece shut", "[crypto][seal]") {
    Sealer sealer(zero_key());
    Bytes sealed = sealed_by(sealer, 7, "id", as_bytes("twelve bytes"));
    REQUIRE(opens(sealer, 7, "id", sealed));
    CHECK_FALSE(opens(sealer, 8, "id", sealed));
    CHECK_FALSE(opens(sealer, 7, "ie", sealed));
    CHECK_FALSE(opens(sealer, 7, "", sealed));
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        sealed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        CHECK_FALSE(opens(sealer, 7, "id", sealed));
        sealed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    }
    Sealer other(random_key());
    CHECK_FALSE(opens(other, 7, "id", sealed));
    CHECK(opens(sealer, 7, "id", sealed));
}

TEST_CASE("a piece shorter than its tag does not open", "[crypto][seal]") {
    Sealer sealer(zero_key());
    CHECK_FALSE(opens(sealer, 0, "", Bytes(15)));
    CHECK_FALSE(opens(sealer, 0, "", {}));
}

TEST_CASE("pieces sealed once differ each time and open", "[crypto][seal]") {
    const Secret key = random_key();
    const Bytes first = seal_once(key, as_bytes("a"), as_bytes("same"));
    CHECK(first != seal_once(key, as_bytes("a"), as_bytes("same")));
    CHECK(as_text(open_once(key, as_bytes("a"), first)) == "same");
    CHECK(open_once(key, {}, seal_once(key, {}, {})).empty());
}

TEST_CASE("a wrong key is called a wrong key", "[crypto][seal]") {
    const Bytes sealed = seal_once(random_key(), {}, as_bytes("x"));
    for (const Bytes& bytes : {sealed, Bytes(27), Bytes()}) {
        try {
            open_once(random_key(), {}, bytes);
            FAIL("opened");
        } catch (const Error& error) {
            CHECK(error.code == ErrorCode::WrongKey);
        }
    }
}
