#include "dsl/lua/excerpt.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("an error points at the line and shows it", "[dsl][excerpt]") {
    const Error error = error_at("books/x.lua", "one\ntwo\nthree", 2, "what is this");
    CHECK(error.message == "books/x.lua:2: what is this\n    2 | two");
    CHECK(error.code == ErrorCode::BadRunbook);
}

TEST_CASE("a message of Lua's is split into place and text", "[dsl][excerpt]") {
    const auto placed = place_message("books/x.lua", "one\ntwo", "books/x.lua:2: what is this");
    CHECK(placed.place.line == 2);
    CHECK(placed.place.excerpt == "two");
    CHECK(placed.message == "what is this");
    CHECK(place_message("books/x.lua", "", "not enough memory").place.line == 0);
}

TEST_CASE("a line with control characters cannot drive a terminal", "[dsl][excerpt]") {
    CHECK(line_of("a\x1b[2Jb", 1).find('\x1b') == std::string::npos);
    CHECK(line_of("a", 7).empty());
}
