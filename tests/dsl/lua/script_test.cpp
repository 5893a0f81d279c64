#include "dsl/lua/script.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

const SystemClock kClock;

// Small limits, so that what runs for ever is stopped at once.
ScriptLimits small() { return {.memory_bytes_max = 8 << 20, .instructions_max = 2'000'000, .time_max = Duration(60'000)}; }

std::string value_of(const std::string& text, const ScriptLimits& limits = small()) {
    Script script("t.lua", kClock, limits);
    return for_people(script.run_chunk(text), 2000);
}

std::string failure_of(const std::string& text, const ScriptLimits& limits = small()) {
    try {
        return "no failure: " + value_of(text, limits);
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::BadRunbook);
        return error.message;
    }
}

}  // namespace

TEST_CASE("a script computes with Lua's safe libraries", "[dsl][script]") {
    CHECK(value_of("local t = {} for i = 1, 3 do t[i] = i * i end return t") == "1, 4, 9");
    CHECK(value_of("return { a = ('x'):rep(3), b = string.format('%d-%s', 7, {}) }") == "{ a = xxx, b = 7-table }");
    CHECK(value_of("return (('hello world'):gsub('o', '0'))") == "hell0 w0rld");
    CHECK(value_of("local t = {} for w in ('one two'):gmatch('%a+') do t[#t + 1] = w end return t") == "one, two");
    CHECK(value_of("return select(2, ('abc'):find('b', 1, true))") == "2");
    CHECK(value_of("return ('key=val'):match('(%w+)=(%w+)')") == "key");
    CHECK(value_of("return (('abc'):gsub('%w', { a = '1', b = true and 'x' }))") == "1xc");
    CHECK(value_of("return (('abc'):gsub('', '-'))") == "-a-b-c-");
    CHECK(value_of("return (('a b'):gsub('(%w) (%w)', '%2 %1'))") == "b a");
    CHECK(value_of("return { pcall(error, 'x') }") == "false, x");
    CHECK(value_of("return { xpcall(function(a) error('x' .. a, 0) end, function(m) return m .. '!' end, 7) }") == "false, x7!");
    CHECK(value_of("return table.concat({ 1, 2 }, ',') .. math.max(1, 9) .. utf8.char(228)") == "1,29ä");
    CHECK(value_of("local t = { 3, 1, 2 } table.sort(t, function(a, b) return a > b end) return t") == "3, 2, 1");
}

TEST_CASE("pairs goes in sorted order", "[dsl][script]") {
    CHECK(value_of("local t, s = { b = 1, a = 2, [10] = 3, [2] = 4, c = 5 }, '' for k in pairs(t) do s = s .. k .. ' ' end return s") ==
          "2 10 a b c ");
    CHECK(value_of("local t, s = { a = 1, b = 2 }, '' for k in pairs(t) do t.b = nil s = s .. k end return s") == "a");
    CHECK_THAT(failure_of("for k in pairs { [{}] = 1 } do end"), Contains("has no order"));
}

TEST_CASE("nothing in the sandbox leads out of it", "[dsl][script]") {
    for (const char* name : {"os", "io", "debug", "package", "require", "load", "loadstring", "loadfile", "dofile", "collectgarbage",
                             "setmetatable", "getmetatable", "rawset", "rawget", "coroutine", "next", "_G", "warn", "newproxy"}) {
        INFO(name);
        CHECK_THAT(failure_of(std::string("return ") + name), Contains(std::string("unknown name '") + name));
    }
    CHECK_THAT(failure_of("return string.dump(print)"), Contains("unknown name 'string.dump'"));
    CHECK_THAT(failure_of("return math.random()"), Contains("unknown name 'math.random'"));
    CHECK_THAT(failure_of("return ('x'):dump()"), Contains("unknown name"));
    CHECK_THAT(failure_of("string.rep = nil"), Contains("cannot be changed"));
    CHECK_THAT(failure_of("x = 1"), Contains("write `local x`"));
    CHECK_THAT(failure_of("print = nil"), Contains("global variable"));
    CHECK_THAT(failure_of("return string.format('%p', {})"), Contains("not part of the language"));
    CHECK(value_of("return tostring({}) .. tostring(print)") == "tablefunction");
    CHECK_THAT(failure_of("\x1bLua"), Contains("compiled Lua is refused"));
    CHECK_THAT(failure_of("return _ENV.os"), Contains("unknown name 'os'"));
    CHECK_THAT(failure_of("local _ENV = {} return print('x')"), Contains("nil value"));
}

TEST_CASE("a name that is nearly right is suggested", "[dsl][script]") {
    CHECK_THAT(failure_of("return tostrin(1)"), Contains("did you mean 'tostring'?"));
    CHECK_THAT(failure_of("return string.formt('')"), Contains("did you mean 'string.format'?"));
}

TEST_CASE("an error names the line and shows it", "[dsl][script]") {
    CHECK(failure_of("local a = 1\nlocal b = a.c.d\n") ==
          "t.lua:2: attempt to index a number value (local 'a')\n    2 | local b = a.c.d");
    CHECK_THAT(failure_of("local = 1"), Contains("t.lua:1: <name> expected"));
    CHECK_THAT(failure_of("error({})"), Contains("error with a table"));
}

TEST_CASE("a loop without end is stopped, pcall or not", "[dsl][script]") {
    CHECK_THAT(failure_of("while true do end"), Contains("t.lua:1: the script was stopped: it ran 2,000,000 instructions"));
    CHECK_THAT(failure_of("while true do pcall(function() while true do end end) end"), Contains("the script was stopped"));
    CHECK_THAT(failure_of("local f f = function() xpcall(f, f) return f() end f()"), Contains("the script was stopped"));
    CHECK_THAT(failure_of("xpcall(function() while true do end end, function() while true do end end)"), Contains("the script was stopped"));
    CHECK_THAT(failure_of("repeat local ok = pcall(error) until false"), Contains("the script was stopped"));
    CHECK_THAT(failure_of("local function again() local ok = pcall(again) return again() end again()"), Contains("the script was stopped"));
    CHECK_THAT(failure_of("::a:: goto a"), Contains("the script was stopped"));
}

TEST_CASE("a script that takes too long by the clock is stopped", "[dsl][script]") {
    const ScriptLimits limits{.memory_bytes_max = 8 << 20, .instructions_max = ~0ull / 2, .time_max = Duration(50)};
    CHECK_THAT(failure_of("while true do pcall(function() while true do end end) end", limits), Contains("it ran for 50 ms"));
}

TEST_CASE("a script that eats memory is stopped", "[dsl][script]") {
    CHECK_THAT(failure_of("local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"), Contains("more than 8.39 MB of memory"));
    CHECK_THAT(failure_of("local s = 'x' while true do s = s .. s end"), Contains("memory"));
    CHECK_THAT(failure_of("return ('x'):rep(1e15)"), Contains("too long"));
    CHECK_THAT(failure_of("return ('x'):rep(1e10, ('y'):rep(1e5))"), Contains("too long"));
    CHECK_THAT(failure_of("while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end"), Contains("memory"));
    CHECK_THAT(failure_of("local s = ('a'):rep(3000) return (s:gsub('a', s))"), Contains("too long"));
    CHECK_THAT(failure_of("return table.move({}, 1, 1e15, 2)"), Contains("too many elements"));
    CHECK_THAT(failure_of("local function f() return 1 + f() end return f()"), Contains("memory"));
}

TEST_CASE("a string pattern that backtracks for ever is stopped", "[dsl][script]") {
    CHECK_THAT(failure_of("return (('a'):rep(60)):find(('a*'):rep(20) .. 'b')"), Contains("the script was stopped"));
    CHECK_THAT(failure_of("while true do pcall(string.match, ('a'):rep(60), ('a-'):rep(20) .. 'b') end"), Contains("the script was stopped"));
    CHECK_THAT(failure_of("for m in (('a'):rep(60)):gmatch(('.-'):rep(20) .. 'b') do end"), Contains("the script was stopped"));
}

TEST_CASE("a suspending function hands its value out and gets the answer", "[dsl][script]") {
    Script script("t.lua", kClock, small());
    script.bind({"step", [](const Script::Call& call, const ValueList& arguments) {
                     return Value(ValueMap{{"line", call.line}, {"what", arguments.at(0)}});
                 }, true});
    const Value body = script.run_chunk("return function(a)\n  local ok, b = pcall(step, 'first')\n  return a .. b .. step('second')\nend");
    auto turn = script.start(*body.as<FunctionValue>(), {"x"});
    CHECK_FALSE(turn.finished);
    CHECK(for_people(turn.value) == "{ line = 0, what = first }");   // Called by pcall, which has no line.
    turn = script.resume("y");
    CHECK(for_people(turn.value) == "{ line = 3, what = second }");
    turn = script.resume("z");
    CHECK(turn.finished);
    CHECK(for_people(turn.value) == "xyz");
}

TEST_CASE("a suspending function where nothing can be suspended is an error", "[dsl][script]") {
    Script script("t.lua", kClock, small());
    script.bind({"step", [](const Script::Call&, const ValueList&) { return Value(1); }, true});
    CHECK_THROWS_WITH(script.run_chunk("step('x')"), Contains("t.lua:1: 'step' can be used only inside `run`"));
    Script sorting("t.lua", kClock, small());
    sorting.bind({"step", [](const Script::Call&, const ValueList&) { return Value(1); }, true});
    const Value body = sorting.run_chunk("return function() table.sort({ 2, 1 }, function() return step('x') end) end");
    CHECK_THROWS_WITH(sorting.start(*body.as<FunctionValue>(), {}), Contains("cannot be used inside a function that sorts"));
}

TEST_CASE("what a bound function throws is an error at the caller's line", "[dsl][script]") {
    Script script("t.lua", kClock, small());
    script.bind({"find.point", [](const Script::Call&, const ValueList&) -> Value { throw Error(ErrorCode::Usage, "no such point"); }});
    CHECK_THROWS_WITH(script.run_chunk("local a\nfind.point{}"), Contains("t.lua:2: no such point"));
    Script catching("t.lua", kClock, small());
    catching.bind({"fails", [](const Script::Call&, const ValueList&) -> Value { throw std::runtime_error("oh"); }});
    CHECK(for_people(catching.run_chunk("return { pcall(fails) }")) == "false, oh");
}

TEST_CASE("records can be read and compared but not changed", "[dsl][script]") {
    const auto with = [](const std::string& text) {
        Script script("t.lua", kClock, small());
        script.bind({"point", [](const Script::Call&, const ValueList&) {
                         return Value(Record{"point", {{"id", "01"}, {"instant", instant_value(from_millis(1000))}, {"note", {}}}});
                     }});
        script.bind({"later", [](const Script::Call&, const ValueList&) { return instant_value(from_millis(2000)); }});
        return for_people(script.run_chunk(text));
    };
    CHECK(with("return point().id .. ' ' .. tostring(point())") == "01 01");
    CHECK(with("return { point() == point(), point().instant < later(), point().instant >= later(), point().note == nil }") ==
          "true, true, false, true");
    CHECK(with("local s = '' for k, v in pairs(point()) do s = s .. k .. ' ' end return s") == "id instant ");
    CHECK(with("return type(point())") == "point");
    CHECK_THROWS_WITH(with("return point().instnt"), Contains("has no field 'instnt'; did you mean 'instant'?"));
    CHECK_THROWS_WITH(with("point().id = 'x'"), Contains("cannot be changed"));
    CHECK_THROWS_WITH(with("return point() + 1"), Contains("cannot be calculated with"));
}

TEST_CASE("comparisons with an unknown value are asked of the listener as they were written", "[dsl][script]") {
    Script script("t.lua", kClock, small());
    std::vector<std::string> asked;
    script.listen({nullptr, [&](const std::string& text, int line) { asked.push_back(text + " @" + std::to_string(line)); return true; }, nullptr});
    script.bind({"lost", [](const Script::Call&, const ValueList&) { return Value(Unknown{"what was lost", "difference"}); }});
    const Value value = script.run_chunk(
        "local l = lost()\nlocal n = 0\nif l.missing > 0 then n = n + 1 end\nif 5 <= l.missing + 1 then n = n + 1 end\n"
        "for _ in pairs(l.tables) do n = 100 end\nreturn n .. ' ' .. l.missing");
    CHECK(for_people(value) == "2 ‹missing of what was lost›");
    CHECK(asked == std::vector<std::string>{"missing of what was lost > 0 @3",
                                            "a number made from missing of what was lost >= 5 @4",
                                            "there is nothing in tables of what was lost @5"});
}

TEST_CASE("tables that contain themselves cannot be handed on", "[dsl][script]") {
    CHECK_THAT(failure_of("local t = {} t.t = t return t"), Contains("nested too deeply"));
    CHECK_THAT(failure_of("return { [{}] = 1 }"), Contains("cannot be a key"));
}
