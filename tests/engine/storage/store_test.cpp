#include "engine/storage/store.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

TEST_CASE("an object's name is a relative path of plain characters", "[storage][store]") {
    for (const char* name : {"a", "packs/3f/3f9c", "points/db-1/01J.x", "A_b-c.d", "..a", "a..", "..."}) {
        INFO(name);
        CHECK(is_object_name(name));
    }
    for (const char* name : {"", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a b", "a\nb", "~a", "a:b", "a\\b"}) {
        INFO(name);
        CHECK_FALSE(is_object_name(name));
    }
    CHECK(is_object_name(std::string(512, 'a')));
    CHECK_FALSE(is_object_name(std::string(513, 'a')));
    CHECK_FALSE(is_object_name(std::string_view("a\0b", 3)));
}

TEST_CASE("a bad name is refused in a way that a terminal can show", "[storage][store]") {
    try {
        require_object_name("a\x1b[2J");
        FAIL("taken");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Usage);
        CHECK(error.message.find('\x1b') == std::string::npos);
    }
}
