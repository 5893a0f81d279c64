#include "providers/databases/postgres/lsn.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a place in the log reads as the server writes it", "[postgres][lsn]") {
    CHECK(to_text(Lsn{0x16B374D848}) == "16/B374D848");
    CHECK(to_text(Lsn{}) == "0/0");
    CHECK(parse_lsn("16/B374D848") == Lsn{0x16B374D848});
    CHECK(parse_lsn("ffffffff/ffffffff") == Lsn{0xFFFFFFFFFFFFFFFF});
}

TEST_CASE("what is no place in the log is refused", "[postgres][lsn]") {
    for (const char* text : {"", "/", "1", "1/", "/1", "1/2/3", "x/1", "123456789/0", " 1/2", "1/-2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_lsn(text).has_value());
    }
}
