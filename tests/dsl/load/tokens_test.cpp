#include "dsl/load/tokens.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;
using Strings = std::vector<std::string>;

namespace {

Strings unknown(const std::string& text) {
    Strings names;
    for (const auto& name : unknown_names(lua_tokens(text), {"step", "find.point", "drop.copy", "print"})) {
        names.push_back(name.name + "@" + std::to_string(name.line));
    }
    return names;
}

}  // namespace

TEST_CASE("tokens know their lines through comments and long texts", "[dsl][load]") {
    const auto tokens = lua_tokens("-- one\n--[[ two\nthree ]] local a = [==[ x\n]] ]==]\nprint('a\\'b') -- end");
    REQUIRE(tokens.size() == 8);
    CHECK(tokens[0].text == "local");
    CHECK(tokens[0].line == 3);
    CHECK(tokens[4].text == "print");
    CHECK(tokens[4].line == 5);
    CHECK(tokens[6].text == "'a\\'b'");
}

TEST_CASE("names that nothing binds are found", "[dsl][load]") {
    CHECK(unknown("local a, b = 1, 2\nfor k, v in x do print(k, v, a, b) end") == Strings{"x@2"});
    CHECK(unknown("local function f(p, q) return p + q + r end\nf(1)") == Strings{"r@1"});
    CHECK(unknown("step('x', find.pont { of = a })") == Strings{"find.pont@1", "a@1"});
    CHECK(unknown("local t = { name = 1, [print] = 2, inner = { other = 3 } } print(t.name, t:method())").empty());
    CHECK(unknown("stepp('x')") == Strings{"stepp@1"});
    CHECK(unknown("local x <const> = 1 print(x)").empty());
    CHECK(unknown("goto done ::done::").empty());
    CHECK(unknown("f = 1 + 0x1F .. 2 ..").size() == 1);
}

TEST_CASE("uses of a name are found where it is not bound otherwise", "[dsl][load]") {
    CHECK(uses_of(lua_tokens("step('x', drop.copy {})\nlocal u = drop.copy"), "drop.copy").size() == 2);
    CHECK(uses_of(lua_tokens("local drop = {} drop.copy()"), "drop.copy").empty());
    CHECK(uses_of(lua_tokens("a.drop.copy() -- drop.copy"), "drop.copy").empty());
}

TEST_CASE("broken text gives tokens and no failure", "[dsl][load]") {
    for (const char* text : {"'", "[[", "--[[", "[=", "\\", "\"\\", "0x", "..", "\x80\xff"}) CHECK_NOTHROW(lua_tokens(text));
}
