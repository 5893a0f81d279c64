#include "dsl/lua/script.hpp"

#include <catch2/catch.hpp>

#include "tests/dsl/lua/script_values.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("a script computes with Lua's safe libraries", "[dsl][script]") {
    CHECK(value_of_script("local t = {} for i = 1, 3 do t[i] = i * i end return t") == "1, 4, 9");
    CHECK(value_of_script("return { a = ('x'):rep(3), b = string.format('%d-%s', 7, {}) }") == "{ a = xxx, b = 7-table }");
    CHECK(value_of_script("return (('hello world'):gsub('o', '0'))") == "hell0 w0rld");
    CHECK(value_of_script("local t = {} for w in ('one two'):gmatch('%a+') do t[#t + 1] = w end return t") == "one, two");
    CHECK(value_of_script("return select(2, ('abc'):find('b', 1, true))") == "2");
    CHECK(value_of_script("return ('key=val'):match('(%w+)=(%w+)')") == "key");
    CHECK(value_of_script("return (('abc'):gsub('%w', { a = '1', b = true and 'x' }))") == "1xc");
    CHECK(value_of_script("return (('abc'):gsub('', '-'))") == "-a-b-c-");
    CHECK(value_of_script("return (('a b'):gsub('(%w) (%w)', '%2 %1'))") == "b a");
    CHECK(value_of_script("return { pcall(error, 'x') }") == "false, x");
    CHECK(value_of_script("return { xpcall(function(a) error('x' .. a, 0) end, function(m) return m .. '!' end, 7) }") == "false, x7!");
    CHECK(value_of_script("return table.concat({ 1, 2 }, ',') .. math.max(1, 9) .. utf8.char(228)") == "1,29ä");
    CHECK(value_of_script("local t = { 3, 1, 2 } table.sort(t, function(a, b) return a > b end) return t") == "3, 2, 1");
}

TEST_CASE("an error names the line and shows it", "[dsl][script]") {
    CHECK(failure_of_script("local a = 1\nlocal b = a.c.d\n") ==
          "t.lua:2: attempt to index a number value (local 'a')\n    2 | local b = a.c.d");
    CHECK_THAT(failure_of_script("local = 1"), Contains("t.lua:1: <name> expected"));
    CHECK_THAT(failure_of_script("error({})"), Contains("error with a table"));
}
