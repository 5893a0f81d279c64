#include <catch2/catch.hpp>

#include "tests/dsl/lua/script_values.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("texts are searched and replaced as in Lua", "[dsl][script]") {
    CHECK(value_of_script("return (('hello world'):gsub('o', '0'))") == "hell0 w0rld");
    CHECK(value_of_script("local t = {} for w in ('one two'):gmatch('%a+') do t[#t + 1] = w end return t") == "one, two");
    CHECK(value_of_script("return { ('abc'):find('b', 1, true) }") == "2, 2");
    CHECK(value_of_script("return { ('abc'):find('x') == nil, ('abc'):find('', 10) == nil, ('abc'):find('c', -1) }") == "true, true, 3, 3");
    CHECK(value_of_script("return { ('key=val'):match('(%w+)=(%w+)') }") == "key, val");
    CHECK(value_of_script("return (('abc'):gsub('%w', { a = '1', b = true and 'x' }))") == "1xc");
    CHECK(value_of_script("return (('abc'):gsub('', '-'))") == "-a-b-c-");
    CHECK(value_of_script("return (('a b'):gsub('(%w) (%w)', '%2 %1 %%'))") == "b a %");
    CHECK(value_of_script("return { ('aaa'):gsub('a', 'b', 2) }") == "bba, 2");
    CHECK(value_of_script("return { ('aaa'):gsub('^a', 'b') }") == "baa, 1");
    CHECK(value_of_script("return (('abc'):gsub('b', function(m) return m:upper() end))") == "aBc");
    CHECK(value_of_script("return string.format('%5.1f|%s|%q|%%', 2.25, nil, 'x')") == "  2.2|nil|\"x\"|%");
    CHECK(value_of_script("return ('x'):rep(3, ',') .. ('y'):rep(0)") == "x,x,x");
}

TEST_CASE("what is wrong with a replacement is said", "[dsl][script]") {
    CHECK_THAT(failure_of_script("return ('a'):gsub('a', '%2')"), Contains("neither a digit of a capture"));
    CHECK_THAT(failure_of_script("return ('a'):gsub('a', print('x'))"), Contains("must be text, a table or a function"));
    CHECK_THAT(failure_of_script("return ('a'):gsub('a', function() return {} end)"), Contains("cannot be put into a text"));
    CHECK_THAT(failure_of_script("return ('a'):find('[a')"), Contains("malformed pattern (missing ']')"));
    CHECK_THAT(failure_of_script("return ('a'):gmatch('^a')"), Contains("would match once"));
    CHECK_THAT(failure_of_script("return string.format('%d', 'x')"), Contains("number expected"));
}
