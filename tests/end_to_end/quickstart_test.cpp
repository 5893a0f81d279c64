#include <catch2/catch.hpp>

#include "engine/base/process.hpp"

using namespace holdfast;

TEST_CASE("the quickstart tells its story to the end", "[end_to_end]") {
    ProcessOptions options;
    options.add_environment = {{"RUNBOOK", HOLDFAST_BINARY_DIR "/runbook"}};
    options.timeout = std::chrono::minutes(5);
    const ProcessResult result = run_process({HOLDFAST_SOURCE_DIR "/examples/quickstart.sh"}, options);
    INFO(result.output);
    INFO(result.errors);
    CHECK(result.exit_status == 0);
    CHECK(result.output.find("Now with a database of your own") != std::string::npos);
}
