#include "engine/cli/style.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a table's columns line up whatever they hold", "[cli]") {
    Table table({{"NAME"}, {"BYTES", Table::Align::Right}, {"WHY"}});
    table.add({"orders", "12", "due"});
    table.add({"bücher", "4,100", ""});
    CHECK(table.text(Style(false)) == "NAME    BYTES  WHY\norders     12  due\nbücher  4,100\n");
}

TEST_CASE("a column without anything in it is left out", "[cli]") {
    Table table({{"A"}, {"B"}, {"C"}});
    table.add({"1", "", "3"});
    CHECK(table.text(Style(false)) == "A  C\n1  3\n");
}

TEST_CASE("colour takes no columns", "[cli]") {
    CHECK(columns_of(Style(true).good("sound")) == 5);
    Table table({{"A"}, {"B"}});
    table.add({Style(true).good("x"), "1"});
    table.add({"yy", "2"});
    CHECK(table.text(Style(false)) == "A   B\n\x1b[32mx\x1b[0m   1\nyy  2\n");
}

TEST_CASE("without colour a style changes nothing", "[cli]") {
    CHECK(Style(false).bad("no") == "no");
    CHECK(Style(true).bad("") == "");
}

TEST_CASE("text is broken at blanks and indented", "[cli]") {
    CHECK(wrapped("one two three four", 9, 0) == "one two\nthree\nfour");
    CHECK(wrapped("one two three", 9, 4) == "one\n    two\n    three");
    CHECK(wrapped("one\ntwo", 20, 2) == "one\n  two");
    CHECK(wrapped("", 20, 2) == "");
}
