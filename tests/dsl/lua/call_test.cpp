#include <catch2/catch.hpp>

#include "tests/dsl/lua/script_values.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("a suspending function hands its value out and gets the answer", "[dsl][script]") {
    Script script("t.lua", script_clock(), small_limits());
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
    Script script("t.lua", script_clock(), small_limits());
    script.bind({"step", [](const Script::Call&, const ValueList&) { return Value(1); }, true});
    CHECK_THROWS_WITH(script.run_chunk("step('x')"), Contains("t.lua:1: 'step' can be used only inside `run`"));
    Script sorting("t.lua", script_clock(), small_limits());
    sorting.bind({"step", [](const Script::Call&, const ValueList&) { return Value(1); }, true});
    const Value body = sorting.run_chunk("return function() table.sort({ 2, 1 }, function() return step('x') end) end");
    CHECK_THROWS_WITH(sorting.start(*body.as<FunctionValue>(), {}), Contains("cannot be used inside a function that sorts"));
}

TEST_CASE("what a bound function throws is an error at the caller's line", "[dsl][script]") {
    Script script("t.lua", script_clock(), small_limits());
    script.bind({"find.point", [](const Script::Call&, const ValueList&) -> Value { throw Error(ErrorCode::Usage, "no such point"); }});
    CHECK_THROWS_WITH(script.run_chunk("local a\nfind.point{}"), Contains("t.lua:2: no such point"));
    Script catching("t.lua", script_clock(), small_limits());
    catching.bind({"fails", [](const Script::Call&, const ValueList&) -> Value { throw std::runtime_error("oh"); }});
    CHECK(for_people(catching.run_chunk("return { pcall(fails) }")) == "false, oh");
}
