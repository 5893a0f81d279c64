#include <catch2/catch.hpp>

#include "tests/dsl/lua/script_values.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("records can be read and compared but not changed", "[dsl][script]") {
    const auto with = [](const std::string& text) {
        Script script("t.lua", script_clock(), small_limits());
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
    Script script("t.lua", script_clock(), small_limits());
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
    CHECK_THAT(failure_of_script("local t = {} t.t = t return t"), Contains("nested too deeply"));
    CHECK_THAT(failure_of_script("return { [{}] = 1 }"), Contains("cannot be a key"));
}
