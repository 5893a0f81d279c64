#include "engine/repository/piece_cipher.hpp"

#include "engine/crypto/keys.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

const Secret& some_key() {
    static const Secret key(random_content(32, 1));
    return key;
}

constexpr std::string_view kName = "index/0011";

}  // namespace

TEST_CASE("a piece opens with the key and nonce and associated data that it was sealed with", "[repository][piece-cipher]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        PieceCipher cipher(suite, some_key());
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100'000}}) {
            const Bytes plain = random_content(size, size);
            const Bytes sealed = cipher.seal(size, as_bytes("bound"), plain);
            CHECK(sealed.size() == size + kSealOverheadBytes);
            const auto opened = cipher.open(size, as_bytes("bound"), sealed);
            REQUIRE(opened);
            CHECK((*opened == plain));
            CHECK_FALSE(cipher.open(size + 1, as_bytes("bound"), sealed));
            CHECK_FALSE(cipher.open(size, as_bytes("bounds"), sealed));
            CHECK_FALSE(cipher.open(size, {}, sealed));
        }
    }
}

TEST_CASE("a sealed piece shows nothing of its content and one under a checksum is as it was", "[repository][piece-cipher]") {
    const Bytes plain = repetitive_content(4096);
    const auto shows_content = [&](Suite suite) {
        const Bytes sealed = PieceCipher(suite, some_key()).seal(1, {}, plain);
        return std::equal(plain.begin(), plain.end(), sealed.begin());
    };
    CHECK_FALSE(shows_content(Suite::Aes256Gcm));
    CHECK(shows_content(Suite::Checksum));
    CHECK_FALSE(PieceCipher(Suite::Aes256Gcm, Secret(random_content(32, 2))).open(1, {}, PieceCipher(Suite::Aes256Gcm, some_key()).seal(1, {}, plain)));
}

TEST_CASE("a piece with one bit changed or cut anywhere stays shut", "[repository][piece-cipher]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        PieceCipher cipher(suite, some_key());
        const Bytes sealed = cipher.seal(3, as_bytes("bound"), as_bytes("some content of a chunk"));
        bool any_opened = false;
        each_flipped_bit(sealed, [&](const Bytes& flipped) { any_opened = any_opened || cipher.open(3, as_bytes("bound"), flipped); });
        each_truncation(sealed, [&](const Bytes& part) { any_opened = any_opened || cipher.open(3, as_bytes("bound"), part); });
        CHECK_FALSE(any_opened);
    }
}

TEST_CASE("a checksum tells associated data from content", "[repository][piece-cipher]") {
    PieceCipher cipher(Suite::Checksum, some_key());
    const Bytes one = cipher.seal(0, as_bytes("ab"), as_bytes("c"));
    const Bytes other = cipher.seal(0, as_bytes("a"), as_bytes("bc"));
    CHECK((to_bytes(ByteView(one).last(16)) != to_bytes(ByteView(other).last(16))));
}

TEST_CASE("a small object opens under its own name alone", "[repository][piece-cipher]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        const ObjectSealing sealing{suite, &some_key()};
        const Bytes object = seal_object(sealing, kIndexMagic, kName, as_bytes("content"));
        CHECK(as_text(open_object(sealing, kIndexMagic, kName, object)) == "content");
        CHECK(code_thrown_by([&] { open_object(sealing, kIndexMagic, "index/0012", object); }) == ErrorCode::Corrupt);
        CHECK(code_thrown_by([&] { open_object(sealing, kMovedMagic, kName, object); }) == ErrorCode::Corrupt);
    }
}

TEST_CASE("two small objects of one content never share a key", "[repository][piece-cipher]") {
    const ObjectSealing sealing{Suite::Aes256Gcm, &some_key()};
    std::set<Bytes> salts;
    for (int i = 0; i < 100; ++i) {
        const Bytes object = seal_object(sealing, kMarkMagic, kName, as_bytes("same"));
        salts.insert(to_bytes(ByteView(object).subspan(16, 16)));
    }
    CHECK(salts.size() == 100);
}

TEST_CASE("a small object with one bit changed or cut anywhere is refused", "[repository][piece-cipher]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        const ObjectSealing sealing{suite, &some_key()};
        const Bytes object = seal_object(sealing, kLeaseMagic, kName, as_bytes("content"));
        each_flipped_bit(object, [&](const Bytes& flipped) { CHECK(refuses([&] { open_object(sealing, kLeaseMagic, kName, flipped); })); });
        each_truncation(object, [&](const Bytes& part) { CHECK(refuses([&] { open_object(sealing, kLeaseMagic, kName, part); })); });
    }
}

TEST_CASE("an object cannot be swapped for an unsealed one of the same name", "[repository][piece-cipher]") {
    const Bytes clear = seal_object({Suite::Checksum, &some_key()}, kIndexMagic, kName, as_bytes("planted"));
    CHECK(code_thrown_by([&] { open_object({Suite::Aes256Gcm, &some_key()}, kIndexMagic, kName, clear); }) == ErrorCode::Corrupt);
}

TEST_CASE("a newer object and one of format zero count as damaged", "[repository][piece-cipher]") {
    const auto code_of_version = [](std::uint16_t version) {
        ByteWriter writer;
        writer.raw(as_bytes(kPackMagic));
        writer.u16(version);
        ByteReader reader(writer.bytes(), "pack");
        return code_thrown_by([&] { expect_magic(reader, kPackMagic, "pack"); });
    };
    CHECK_FALSE(code_of_version(kFormatVersion));
    CHECK(code_of_version(kFormatVersion + 1) == ErrorCode::Corrupt);
    CHECK(code_of_version(0) == ErrorCode::Corrupt);
}
