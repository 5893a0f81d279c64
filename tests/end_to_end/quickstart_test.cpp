#include <catch2/catch.hpp>

#include "engine/base/process.hpp"

using namespace holdfast;

namespace {

void require_told(const std::string& script) {
    ProcessOptions options;
    options.add_environment = {{"RUNBOOK", HOLDFAST_BINARY_DIR "/runbook"}};
    options.timeout = std::chrono::minutes(5);
    const ProcessResult result = run_process({HOLDFAST_SOURCE_DIR "/examples/" + script}, options);
    INFO(result.output);
    INFO(result.errors);
    CHECK(result.exit_status == 0);
    CHECK(result.output.find("of your own") != std::string::npos);
}

}  // namespace

TEST_CASE("the quickstart tells its story to the end", "[end_to_end]") { require_told("quickstart.sh"); }

TEST_CASE("the walk-through with PostgreSQL tells its story to the end", "[end_to_end][postgres]") { require_told("postgres.sh"); }
