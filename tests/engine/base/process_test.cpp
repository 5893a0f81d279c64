#include "engine/base/process.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;
using namespace std::chrono_literals;

TEST_CASE("a program gets its arguments as they are and its output comes back", "[base][process]") {
    const auto result = run_process({"printf", "%s|%s", "a b", "$HOME;x"});
    CHECK(result.ok());
    CHECK(result.output == "a b|$HOME;x");
}

TEST_CASE("a program reads its input and its environment", "[base][process]") {
    const auto result = run_process({"sh", "-c", "cat; printf %s \"$WORD\"; exit 3"}, {.input = std::string(100'000, 'x'), .add_environment = {{"WORD", "y"}}, .timeout = {}, .output_bytes_max = 1 << 20, .cancel = {}});
    CHECK(result.exit_status == 3);
    CHECK(result.output == std::string(100'000, 'x') + "y");
}

TEST_CASE("a program that takes too long is ended with its children", "[base][process]") {
    ProcessOptions options;
    options.timeout = 50ms;
    const auto result = run_process({"sh", "-c", "sleep 60 & wait"}, options);
    CHECK(result.timed_out);
    CHECK_FALSE(result.ok());
}

TEST_CASE("a program that does not exist is an error that names it", "[base][process]") {
    CHECK_THROWS_WITH(run_process({"/nonexistent/program"}), Catch::Contains("/nonexistent/program"));
}

TEST_CASE("output beyond the limit is dropped", "[base][process]") {
    ProcessOptions options;
    options.output_bytes_max = 10;
    CHECK(run_process({"printf", "%s", "0123456789abcdef"}, options).output == "0123456789");
}

TEST_CASE("a program on our own streams hands over its exit status", "[base][process]") {
    CHECK(run_attached({"sh", "-c", "exit 7"}, {}) == 7);
    CHECK(run_attached({"sh", "-c", "kill -KILL $$"}, {}) == 128 + 9);
    CHECK_THROWS_WITH(run_attached({"/nonexistent/program"}, {}), Catch::Contains("/nonexistent/program"));
}

TEST_CASE("a program on our own streams is asked to end, and waited for", "[base][process]") {
    std::stop_source stop;
    stop.request_stop();
    CHECK(run_attached({"sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.05; done"}, stop.get_token()) == 5);
}
