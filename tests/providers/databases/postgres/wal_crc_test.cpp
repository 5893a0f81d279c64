#include "providers/databases/postgres/wal_crc.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("the CRC is that of RFC 3720, in one piece or several", "[postgres][wal]") {
    const auto crc = [](std::initializer_list<ByteView> parts) {
        Crc32c sum;
        for (const ByteView part : parts) sum.add(part);
        return sum.value();
    };
    // RFC 3720, appendix B.4.
    CHECK(crc({Bytes(32)}) == 0x8a9136aa);
    CHECK(crc({Bytes(32, std::byte{0xff})}) == 0x62a8ab43);
    CHECK(crc({as_bytes("123456789")}) == 0xe3069283);
    CHECK(crc({as_bytes("1234"), as_bytes("56789")}) == 0xe3069283);
}
