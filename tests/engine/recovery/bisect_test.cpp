#include "engine/recovery/bisect.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>
#include <string>

using namespace holdfast;

namespace {

// "yyyn?n", oldest first.
struct Row {
    std::string states;
    std::set<std::size_t> asked;

    Bisection look() {
        return find_last_yes(states.size(), [this](std::size_t state) {
            CHECK(state < states.size());
            CHECK(asked.insert(state).second);   // Never twice.
            return states[state] == 'y' ? Answer::Yes : states[state] == 'n' ? Answer::No : Answer::Unknown;
        });
    }
};

std::optional<std::size_t> last_yes_of(const std::string& states) { return Row{states, {}}.look().last_yes; }

}  // namespace

TEST_CASE("one change is found with few questions", "[recovery][bisect]") {
    for (std::size_t change = 1; change < 1000; change += 37) {
        Row row{std::string(change, 'y') + std::string(1000 - change, 'n'), {}};
        const Bisection found = row.look();
        CHECK(found.last_yes == change - 1);
        CHECK(found.first_no == change);
        CHECK(found.oldest == true);
        CHECK_FALSE(found.several_changes);
        CHECK(row.asked.size() <= 13);
    }
}

TEST_CASE("true at the newest ends the search", "[recovery][bisect]") {
    Row row{"nnyyy", {}};
    const Bisection found = row.look();
    CHECK(found.last_yes == 4);
    CHECK_FALSE(found.first_no);
    CHECK(found.oldest == false);
    CHECK(row.asked == std::set<std::size_t>{0, 4});
    CHECK(last_yes_of("y") == 0);
}

TEST_CASE("what is true only in between is found, and nowhere only after all were asked", "[recovery][bisect]") {
    CHECK(last_yes_of("nnyyynnn") == 4);
    CHECK(last_yes_of("nnnnnynn") == 5);
    Row row{"nnnnnnn", {}};
    const Bisection found = row.look();
    CHECK_FALSE(found.last_yes);
    CHECK(found.oldest == false);
    CHECK(row.asked.size() == 7);
    CHECK_FALSE(last_yes_of("n"));
}

TEST_CASE("a search for what is true only in between ends after as many questions as it may ask", "[recovery][bisect]") {
    std::size_t asked = 0;
    const auto ask = [&](std::size_t) {
        ++asked;
        return Answer::No;
    };
    CHECK_FALSE(find_last_yes(1'000'000, ask, 60).last_yes);
    CHECK(asked == 62);
}

TEST_CASE("states that cannot be asked are passed over", "[recovery][bisect]") {
    CHECK(last_yes_of("?y??n?") == 1);
    CHECK(last_yes_of("yy?yn") == 3);
    CHECK(last_yes_of("y???????n") == 0);
    CHECK(last_yes_of("??y") == 2);
    const Bisection found = Row{"y???????n", {}}.look();
    CHECK(found.first_no == 8);
    const Bisection none = Row{"???", {}}.look();
    CHECK_FALSE(none.last_yes);
    CHECK_FALSE(none.oldest);
    CHECK_FALSE(find_last_yes(0, [](std::size_t) { return Answer::Yes; }).last_yes);
}

TEST_CASE("several changes are told where they are seen", "[recovery][bisect]") {
    const Bisection found = Row{"ynnnnnynn", {}}.look();
    CHECK(found.last_yes.has_value());
    CHECK(Row{"nnynnnynn", {}}.look().last_yes == 6);
    CHECK_FALSE(Row{"yyyynnnn", {}}.look().several_changes);
}

TEST_CASE("with one change and holes the answer is that of looking at all", "[recovery][bisect]") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 2000; ++round) {
        const std::size_t count = 1 + random() % 40, from = random() % count, to = from + random() % (count - from + 1);
        std::string states(count, 'n');
        for (std::size_t at = from; at < to; ++at) states[at] = 'y';
        for (char& state : states) {
            if (random() % 4 == 0) state = '?';
        }
        INFO(states);
        const auto last = states.rfind('y');
        CHECK(last_yes_of(states) == (last == std::string::npos ? std::nullopt : std::optional(last)));
    }
}
