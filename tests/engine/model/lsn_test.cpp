#include "engine/model/lsn.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a place in the write-ahead log is written as the server writes it", "[model][wal]") {
    CHECK(to_text(Lsn{0x16'B374D848}) == "16/B374D848");
    CHECK(to_text(Lsn{0x3000148}) == "0/3000148");
    for (const std::uint64_t bytes : {0x0ULL, 0x1000000ULL, ~0ULL}) CHECK(parse_lsn(to_text(Lsn{bytes})) == Lsn{bytes});
    CHECK(parse_lsn("a/b") == Lsn{0xa'0000000b});
    for (const char* other : {"", "/", "1", "1/", "/1", "1/2/3", "g/1", "123456789/1", "1/ 2", "-1/2"}) CHECK_FALSE(parse_lsn(other));
    CHECK(floor_to(Lsn{0x3000148}, 8192) == Lsn{0x3000000});
}
