#include "engine/cli/options.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

namespace {

Arguments with(std::string_view name, const std::string& value) {
    Arguments arguments;
    arguments.put(name, {value});
    return arguments;
}

}  // namespace

TEST_CASE("a span needs a unit", "[cli]") {
    CHECK(to_text(*period_option(with("--keep", "3mo"), "--keep")) == "3mo");
    CHECK_FALSE(period_option(Arguments{}, "--keep"));
    CHECK_THROWS_AS(period_option(with("--keep", "30"), "--keep"), Error);
    CHECK_THROWS_AS(period_option(with("--keep", "0d"), "--keep"), Error);
}

TEST_CASE("a count is a whole number in bounds", "[cli]") {
    CHECK(count_option(with("--count", "20"), "--count", 5, 100) == 20);
    CHECK(count_option(Arguments{}, "--count", 5, 100) == 5);
    for (const char* wrong : {"0", "-1", "1.5", "x", "", "101", "99999999999999999999"}) {
        CHECK_THROWS_AS(count_option(with("--count", wrong), "--count", 5, 100), Error);
    }
}
