#include "dsl/prelude/check.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

const Value kOrders = Record{"database", {{"name", "orders"}, {"engine", "sqlite"}}};
const Value kCopy = Record{"copy", {{"database", "orders"}, {"path", "/x"}}};

std::string complaint(const std::string& effect, ValueMap arguments) {
    try {
        check_arguments(*language().effect(effect), Value(std::move(arguments)));
        return "";
    } catch (const Error& error) {
        return error.message;
    }
}

}  // namespace

TEST_CASE("arguments are checked by name and type", "[dsl][prelude]") {
    CHECK(complaint("find.point", {{"of", kOrders}, {"before", instant_value(from_millis(1))}}) == "");
    CHECK(complaint("find.point", {}) == "find.point needs 'of': whose point");
    CHECK(complaint("find.point", {{"of", kOrders}, {"befor", 1}}) == "find.point has no argument 'befor'; did you mean 'before'?");
    CHECK(complaint("find.point", {{"of", kOrders}, {"before", "yesterday"}}) == "'before' of find.point wants instant, not \"yesterday\"");
    CHECK(complaint("backup.now", {{"of", kOrders}, {"keep", "30"}}) == "'keep' of backup.now wants period with its unit, such as \"45m\", not \"30\"");
    CHECK(complaint("merge.rows", {{"from", 1}, {"into", kOrders}}) == "'from' of merge.rows wants difference, not an integer");
    CHECK_THAT(complaint("merge.rows", {{"from", Unknown{"x", "difference"}}, {"into", kOrders}, {"conflicts", "maybe"}}),
               Contains("wants one of stop, keep-live, take-old, not \"maybe\""));
    CHECK_THAT(complaint("drop.copy", {{"copy", kOrders}}), Contains("wants copy, not a value of type database"));
    const EffectSpec lacking{"world.turn", EffectKind::Once, {}, "nothing", "turns", "", "", "", "turning the world"};
    CHECK_THROWS_WITH(check_arguments(lacking, ValueMap{}), Contains("world.turn is not available in this build: turning the world"));
    CHECK_THROWS_WITH(check_arguments(*language().effect("find.point"), Value("x")), Contains("takes a table"));
}

TEST_CASE("unknown values fit where their type does", "[dsl][prelude]") {
    CHECK(fits("copy", Unknown{"x", "copy"}));
    CHECK(fits("place", Unknown{"x", "copy"}));
    CHECK(fits("copy", Unknown{"x", ""}));
    CHECK_FALSE(fits("copy", Unknown{"x", "point"}));
    CHECK(fits("place", kCopy));
    CHECK(fits("place", Value("orders")));
    CHECK(fits("list of text", ValueList{"a", "b"}));
    CHECK_FALSE(fits("list of text", ValueList{1}));
    CHECK_FALSE(fits("integer", Value(1.5)));
}

TEST_CASE("undo takes the result where it fits and the step's own arguments elsewhere", "[dsl][prelude]") {
    const EffectSpec& drop = *language().effect("drop.copy");
    CHECK(same_value(undo_arguments(drop, {{"point", 1}}, kCopy).at("copy"), kCopy));
    const EffectSpec& start = *language().effect("application.start");
    CHECK(same_value(undo_arguments(start, {{"of", kOrders}}, {}).at("of"), kOrders));
    CHECK_THROWS_WITH(undo_arguments(drop, {{"of", kOrders}}, Value(3)), Contains("drop.copy cannot undo this step"));
}

TEST_CASE("a value says which database it is about", "[dsl][prelude]") {
    CHECK(database_of(kOrders) == "orders");
    CHECK(database_of(Value("orders")) == "orders");
    CHECK(database_of(Record{"merge", {{"into", "orders"}}}) == "orders");
    CHECK(database_of(kCopy) == "");   // A copy is nobody's live database.
    CHECK(database_of(Value(7)) == "");
}

TEST_CASE("the sentence of an effect names its arguments", "[dsl][prelude]") {
    CHECK(sentence_of(*language().effect("find.point"), {{"of", kOrders}, {"before", instant_value(from_millis(0))}}) ==
          "finds the newest recovery point of orders strictly before 1970-01-01T00:00:00Z");
}

TEST_CASE("evidence is shown line by line", "[dsl][prelude]") {
    const Value difference = Record{"difference", {{"missing", 3}, {"shown", ValueList{"3 rows missing", "orders: 3 missing"}}}};
    CHECK(evidence_lines(difference) == std::vector<std::string>{"3 rows missing", "orders: 3 missing"});
    CHECK(evidence_lines(ValueList{difference, Value(ValueMap{{"a", 1}})}) ==
          std::vector<std::string>{"3 rows missing", "orders: 3 missing", "a: 1"});
}

TEST_CASE("a field of something unknown is unknown with its type", "[dsl][prelude]") {
    const Value field = unknown_field(language(), {"“compare”", "difference"}, "missing");
    CHECK(field.as<Unknown>()->of == "missing of “compare”");
    CHECK(field.as<Unknown>()->type == "integer");
    CHECK_THROWS_WITH(unknown_field(language(), {"“compare”", "difference"}, "mising"), Contains("did you mean 'missing'?"));
}
