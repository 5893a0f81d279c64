// What is in the sandbox, and what is not.
#include <catch2/catch.hpp>

#include "tests/dsl/lua/script_values.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("pairs goes in sorted order", "[dsl][script]") {
    CHECK(value_of_script("local t, s = { b = 1, a = 2, [10] = 3, [2] = 4, c = 5 }, '' for k in pairs(t) do s = s .. k .. ' ' end return s") ==
          "2 10 a b c ");
    CHECK(value_of_script("local t, s = { a = 1, b = 2 }, '' for k in pairs(t) do t.b = nil s = s .. k end return s") == "a");
    CHECK_THAT(failure_of_script("for k in pairs { [{}] = 1 } do end"), Contains("has no order"));
}

TEST_CASE("nothing in the sandbox leads out of it", "[dsl][script]") {
    for (const char* name : {"os", "io", "debug", "package", "require", "load", "loadstring", "loadfile", "dofile", "collectgarbage",
                             "setmetatable", "getmetatable", "rawset", "rawget", "coroutine", "next", "_G", "warn", "newproxy"}) {
        INFO(name);
        CHECK_THAT(failure_of_script(std::string("return ") + name), Contains(std::string("unknown name '") + name));
    }
    CHECK_THAT(failure_of_script("return string.dump(print)"), Contains("unknown name 'string.dump'"));
    CHECK_THAT(failure_of_script("return math.random()"), Contains("unknown name 'math.random'"));
    CHECK_THAT(failure_of_script("return ('x'):dump()"), Contains("unknown name"));
    CHECK_THAT(failure_of_script("string.rep = nil"), Contains("cannot be changed"));
    CHECK_THAT(failure_of_script("x = 1"), Contains("write `local x`"));
    CHECK_THAT(failure_of_script("print = nil"), Contains("global variable"));
    CHECK_THAT(failure_of_script("return string.format('%p', {})"), Contains("not part of the language"));
    CHECK(value_of_script("return tostring({}) .. tostring(print)") == "tablefunction");
    CHECK_THAT(failure_of_script("\x1bLua"), Contains("compiled Lua is refused"));
    CHECK_THAT(failure_of_script("return _ENV.os"), Contains("unknown name 'os'"));
    CHECK_THAT(failure_of_script("local _ENV = {} return print('x')"), Contains("nil value"));
}

TEST_CASE("a name that is nearly right is suggested", "[dsl][script]") {
    CHECK_THAT(failure_of_script("return tostrin(1)"), Contains("did you mean 'tostring'?"));
    CHECK_THAT(failure_of_script("return string.formt('')"), Contains("did you mean 'string.format'?"));
}
