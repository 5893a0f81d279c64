#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/schedule/cron.hpp"

namespace holdfast {
namespace {

// "column: reason", or "fine".
std::string problem(std::string_view line) {
    const auto found = check_cron(line);
    return found ? std::to_string(found->column) + ": " + found->reason : "fine";
}

}  // namespace

TEST_CASE("ordinary cron lines are read", "[schedule][cron]") {
    for (const char* line : {"* * * * *", "0 2 * * *", "0 2 * * Sun", "0 2 * * Mon-Sat", "*/15 8-18 * * 1-5", "5,35 0 1,15 jan-mar *", "0 0 L * *", "0 0 * * 5L",
                             "0 0 * * FriL", "0 0 * * Mon#2", "0 0 * * 0,7", "0 0 * * Fri-Sun", "0 0 * * 5-7", "5/15 * * * *", "0 0 29 2 *", "0 0 * * Tuesday", " 0\t2 * *  * ",
                             "@daily", "@Hourly", "0 0 1,L * *", "0 0 29 2 1#5", "0-59/7 * * DEC *"}) {
        INFO(line);
        CHECK(problem(line) == "fine");
    }
}

TEST_CASE("a wrong cron line is refused at its column", "[schedule][cron]") {
    CHECK(problem("60 2 * * *") == "1: there is no minute \"60\"");
    CHECK(problem("0 24 * * *") == "3: there is no hour \"24\"");
    CHECK(problem("0 2 0 * *") == "5: there is no day of the month \"0\"");
    CHECK(problem("0 2 32 * *") == "5: there is no day of the month \"32\"");
    CHECK(problem("0 2 * 13 *") == "7: there is no month \"13\"");
    CHECK(problem("0 2 * Foo *") == "7: there is no month \"Foo\"");
    CHECK(problem("0 2 * * 8") == "9: there is no day of the week \"8\"");
    CHECK(problem("0 2 * * Mon,Fry") == "13: there is no day of the week \"Fry\"");
    CHECK(problem("0 2 * * Mon-") == "13: a day of the week is missing here");
    CHECK(problem("0 2 * *") == "8: there are 4 fields instead of five");
    CHECK(problem("") == "1: there are 0 fields instead of five");
    CHECK(problem("0 0 2 * * *") == "11: there are 6 fields instead of five");
    CHECK(problem("@often") == "1: there is no shorthand @often");
    CHECK(problem("0,,5 * * * *") == "3: a list has an empty place");
    CHECK(problem("*/0 * * * *") == "3: after / comes a whole number from 1");
    CHECK(problem("*/x * * * *") == "3: after / comes a whole number from 1");
    CHECK(problem("*/60 * * * *") == "3: a step of 60 leaves this field at once");
    CHECK(problem("0 22-2 * * *") == "3: the range 22-2 goes backwards");
    CHECK(problem("0 0 * * Fri-Mon") == "9: the range Fri-Mon goes backwards");
    CHECK(problem("0 0 * * Mon#6") == "13: after # comes a number from 1 to 5");
    CHECK(problem("0 0 * * L") == "9: L alone names no day of the week");
    CHECK(problem("0 0 ? * *") == "5: ? is not part of these cron lines");
    CHECK(problem("-5 * * * *") == "1: a minute is missing here");
    CHECK(problem("99999999999999999999 * * * *").starts_with("1: there is no minute"));
}

TEST_CASE("a cron line that never runs is refused", "[schedule][cron]") {
    CHECK(problem("0 0 31 2 *") == "5: no day ever matches: no such month has that day");
    CHECK(problem("0 0 31 4,6,9,11 *") == "5: no day ever matches: no such month has that day");
    CHECK(problem("0 0 30 2 Mon") == "fine");   // Mondays in February suffice.
}

TEST_CASE("the fix of a backward range is the line to write", "[schedule][cron]") {
    CHECK(check_cron("0 22-2 * * *")->fix == "Write 22-23,0-2.");
    CHECK(check_cron("0 0 * * Fri-Mon")->fix == "Write 5-6,0-1.");
}

TEST_CASE("a required cron line that is wrong is an error with the place", "[schedule][cron]") {
    try {
        Cron::require("0 24 * * *");
        FAIL("it was accepted");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Usage);
        CHECK(error.message == "cron line \"0 24 * * *\", column 3: there is no hour \"24\"");
        CHECK(error.hint == "Hours go from 0 to 23.");
    }
}

TEST_CASE("no text makes the cron reader fall over", "[schedule][cron][long]") {
    // Every line of three characters from this alphabet, as the first field and as the last.
    const std::string alphabet = "*/-,#L0579JanFri?@ ";
    for (const char a : alphabet)
        for (const char b : alphabet)
            for (const char c : alphabet) {
                const std::string word{a, b, c};
                static_cast<void>(Cron::parse(word + " * * * *"));
                static_cast<void>(Cron::parse("0 0 * * " + word));
                static_cast<void>(Cron::parse("0 0 " + word + " * *"));
            }
    CHECK(check_cron(std::string(1'000'000, ',')).has_value());
    CHECK(check_cron(std::string(1'000'000, ' ')).has_value());
    CHECK(check_cron(std::string("0 0 * * \0", 9)).has_value());
}

}  // namespace holdfast
