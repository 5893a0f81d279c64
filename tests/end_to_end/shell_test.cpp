// The program as shells, pipes and terminals see it.
#include <csignal>

#include "tests/end_to_end/program_in_folder.hpp"

using namespace holdfast;

namespace {

// Runs bash with the completion script loaded and prints what would be offered for `line`.
std::string offered_by_bash(const ProgramInFolder& house, const std::string& line) {
    const std::string program = HOLDFAST_BINARY_DIR "/runbook";
    const std::string script =
        "cd '" + house.folder.path().string() + "'\n"
        "source <('" + program + "' completion bash)\n"
        "COMP_LINE='" + line + "'\n"
        "COMP_WORDS=($COMP_LINE)\n"
        "[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')\n"
        "COMP_WORDS[0]='" + program + "'\n"
        "COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))\n"
        "_runbook\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    ProcessOptions options;
    options.input = script;
    options.add_environment = house.environment;
    const ProcessResult result = run_process({"bash", "-s"}, options);
    INFO(result.errors);
    CHECK(result.ok());
    return result.output;
}

}  // namespace

TEST_CASE("bash completes commands, databases and a runbook's parameters", "[end_to_end]") {
    ProgramInFolder house;
    house.make_house();
    CHECK(offered_by_bash(house, "runbook tic") == "tick\n");
    CHECK(offered_by_bash(house, "runbook backup now ") == "orders\n");
    CHECK(offered_by_bash(house, "runbook run acc") == "accidental-deletion\n");
    CHECK(offered_by_bash(house, "runbook run accidental-deletion --bef") == "--before\n");
    CHECK(offered_by_bash(house, "runbook plan --format j") == "json\n");
}

TEST_CASE("output into a pipe has no colour and no progress line", "[end_to_end]") {
    ProgramInFolder house;
    house.environment["NO_COLOR"] = "";
    house.environment["TERM"] = "xterm";
    house.make_house();
    const ProcessResult result = house.run({"tick"});
    CHECK(result.output.find('\x1b') == std::string::npos);
    CHECK(result.errors.find('\x1b') == std::string::npos);
    CHECK(house.run({"backup", "now", "orders", "--full", "-v"}).errors.find("orders") != std::string::npos);
}

TEST_CASE("the program finds its policy from a folder below", "[end_to_end]") {
    ProgramInFolder house;
    house.make_house();
    std::filesystem::create_directories(house.folder / "deep/below");
    const ProcessResult result = run_process({"env", "-C", (house.folder / "deep/below").string(), HOLDFAST_BINARY_DIR "/runbook", "policy", "check"},
                                             {.input = "", .add_environment = house.environment, .timeout = {}, .output_bytes_max = 1 << 20, .cancel = {}});
    CHECK(result.exit_status == 0);
}

TEST_CASE("a signal stops the program cleanly", "[end_to_end]") {
    ProgramInFolder house;
    house.make_house({.customers = 2000, .orders = 60000});
    // timeout(1) sends SIGINT while the first backup is read; whatever came first, what is there afterwards is whole.
    const ProcessResult result = run_process({"env", "-C", house.folder.path().string(), "timeout", "-s", "INT", "0.05", HOLDFAST_BINARY_DIR "/runbook", "tick"},
                                             {.input = "", .add_environment = house.environment, .timeout = std::chrono::minutes(1), .output_bytes_max = 1 << 20, .cancel = {}});
    CHECK(result.exit_status != 128 + SIGINT);
    house.must({"catalog", "verify"});
    house.must({"tick"});
    house.must({"catalog", "verify"});
}
