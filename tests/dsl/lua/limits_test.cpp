// Whatever a script does, it ends.
#include <catch2/catch.hpp>

#include "tests/dsl/lua/script_values.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("a loop without end is stopped, pcall or not", "[dsl][script]") {
    CHECK_THAT(failure_of_script("while true do end"), Contains("t.lua:1: the script was stopped: it ran 2,000,000 instructions"));
    CHECK_THAT(failure_of_script("while true do pcall(function() while true do end end) end"), Contains("the script was stopped"));
    CHECK_THAT(failure_of_script("local f f = function() xpcall(f, f) return f() end f()"), Contains("the script was stopped"));
    CHECK_THAT(failure_of_script("xpcall(function() while true do end end, function() while true do end end)"), Contains("the script was stopped"));
    CHECK_THAT(failure_of_script("repeat local ok = pcall(error) until false"), Contains("the script was stopped"));
    CHECK_THAT(failure_of_script("local function again() local ok = pcall(again) return again() end again()"), Contains("the script was stopped"));
    CHECK_THAT(failure_of_script("::a:: goto a"), Contains("the script was stopped"));
}

TEST_CASE("a script that takes too long by the clock is stopped", "[dsl][script]") {
    const ScriptLimits limits{.memory_bytes_max = 8 << 20, .instructions_max = ~0ull / 2, .time_max = Duration(50)};
    CHECK_THAT(failure_of_script("while true do pcall(function() while true do end end) end", limits), Contains("it ran for 50 ms"));
}

TEST_CASE("a script that eats memory is stopped", "[dsl][script]") {
    CHECK_THAT(failure_of_script("local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"), Contains("more than 8.39 MB of memory"));
    CHECK_THAT(failure_of_script("local s = 'x' while true do s = s .. s end"), Contains("memory"));
    CHECK_THAT(failure_of_script("return ('x'):rep(1e15)"), Contains("too long"));
    CHECK_THAT(failure_of_script("return ('x'):rep(1e10, ('y'):rep(1e5))"), Contains("too long"));
    CHECK_THAT(failure_of_script("while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end"), Contains("memory"));
    CHECK_THAT(failure_of_script("local s = ('a'):rep(3000) return (s:gsub('a', s))"), Contains("too long"));
    CHECK_THAT(failure_of_script("return table.move({}, 1, 1e15, 2)"), Contains("too many elements"));
    CHECK_THAT(failure_of_script("local function f() return 1 + f() end return f()"), Contains("memory"));
}

TEST_CASE("a string pattern that backtracks for ever is stopped", "[dsl][script]") {
    CHECK_THAT(failure_of_script("return (('a'):rep(60)):find(('a*'):rep(20) .. 'b')"), Contains("the script was stopped"));
    CHECK_THAT(failure_of_script("while true do pcall(string.match, ('a'):rep(60), ('a-'):rep(20) .. 'b') end"), Contains("the script was stopped"));
    CHECK_THAT(failure_of_script("for m in (('a'):rep(60)):gmatch(('.-'):rep(20) .. 'b') do end"), Contains("the script was stopped"));
}
