// The real program in a folder of its own, as a user's shell starts it.
#pragma once

#include <catch2/catch.hpp>

#include <fstream>
#include <map>

#include "engine/base/process.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {

class ProgramInFolder {
public:
    TemporaryFolder folder;
    std::map<std::string, std::string> environment{
        {"BACKUP_ENCRYPTION_KEY", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"},
        {"HOLDFAST_POLICIES", ""}, {"HOLDFAST_NOW", ""}, {"HOLDFAST_CRASH_AT", ""}, {"NO_COLOR", "1"}};

    // Runs `runbook words…` in the folder: the working folder is set by env, without a shell.
    ProcessResult run(const std::vector<std::string>& words) const {
        std::vector<std::string> argv{"env", "-C", folder.path().string(), HOLDFAST_BINARY_DIR "/runbook"};
        argv.insert(argv.end(), words.begin(), words.end());
        ProcessOptions options;
        options.add_environment = environment;
        options.timeout = std::chrono::minutes(2);
        options.output_bytes_max = 16 << 20;
        return run_process(argv, options);
    }
    // The same, and it must end well.
    std::string must(const std::vector<std::string>& words) const {
        const ProcessResult result = run(words);
        INFO(result.output << result.errors);
        REQUIRE(result.exit_status == 0);
        return result.output;
    }

    std::filesystem::path database() const { return folder / "orders.db"; }
    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((folder / name).parent_path());
        std::ofstream(folder / name) << text;
    }
    void make_house(const SampleOptions& sample = {}) const {
        make_sample_database(database(), sample);
        must({"init", "--path", "orders.db", "--zone", "Europe/Berlin"});
    }
};

}  // namespace holdfast
