#include "engine/base/process.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

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

TEST_CASE("what a program says is read while it runs, however long it is, and its errors beside it", "[base][process]") {
    RunningProgram program({"sh", "-c", "i=0; while [ $i -lt 3000 ]; do printf '%0999d\\n' $i; printf 'err %s\\n' $i >&2; i=$((i+1)); done; exit 4"});
    std::vector<std::byte> buffer(777);
    std::uint64_t bytes = 0;
    while (const std::size_t got = program.read(buffer)) bytes += got;
    CHECK(bytes == 3'000'000);
    const ProcessResult result = program.finish();
    CHECK(result.exit_status == 4);
    CHECK(result.errors.starts_with("err 0\nerr 1\n"));
    CHECK(result.output.empty());
    CHECK_THROWS_WITH(RunningProgram({"/nonexistent/program"}), Catch::Contains("/nonexistent/program"));
}

TEST_CASE("a program that nobody waits for is ended", "[base][process]") {
    std::stop_source stop;
    ProcessOptions options;
    options.cancel = stop.get_token();
    RunningProgram program({"sh", "-c", "echo begun; sleep 600"}, options);
    std::vector<std::byte> buffer(64);
    CHECK(program.read(buffer) == 6);
    stop.request_stop();
    CHECK_THROWS_AS(program.read(buffer), Error);
}
