#include "engine/base/bytes.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

TEST_CASE("what is written is read back", "[base][bytes]") {
    ByteWriter writer;
    writer.u8(7);
    writer.u16(0x1234);
    writer.u32(0x12345678);
    writer.u64(0x123456789abcdef0);
    for (const std::uint64_t each : {0ULL, 127ULL, 128ULL, 300ULL, ~0ULL}) writer.varint(each);
    writer.text("abc");
    ByteReader reader(writer.bytes());
    CHECK(reader.u8() == 7);
    CHECK(reader.u16() == 0x1234);
    CHECK(reader.u32() == 0x12345678);
    CHECK(reader.u64() == 0x123456789abcdef0);
    for (const std::uint64_t each : {0ULL, 127ULL, 128ULL, 300ULL, ~0ULL}) CHECK(reader.varint() == each);
    CHECK(reader.text() == "abc");
    reader.expect_done();
}

TEST_CASE("a length from outside is checked before it is believed", "[base][bytes]") {
    ByteWriter writer;
    writer.varint(1ULL << 62);
    ByteReader reader(writer.bytes());
    CHECK_THROWS_AS(reader.sized(), Error);
    const Bytes endless(20, std::byte{0xff});
    ByteReader number(endless);
    CHECK_THROWS_AS(number.varint(), Error);
}

TEST_CASE("hex and base64 read back what they write and refuse the rest", "[base][bytes]") {
    for (const char* text : {"", "a", "ab", "abc", "abcd"}) {
        CHECK(as_text(*from_hex(to_hex(as_bytes(text)))) == text);
        CHECK(as_text(*from_base64(to_base64(as_bytes(text)))) == text);
    }
    CHECK(to_base64(as_bytes("ab")) == "YWI=");
    CHECK_FALSE(from_hex("abc"));
    CHECK_FALSE(from_hex("zz"));
    CHECK_FALSE(from_base64("YWI"));
    CHECK_FALSE(from_base64("YW=I"));
}
