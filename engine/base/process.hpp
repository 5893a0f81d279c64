// Runs other programs: an argument list, never a shell, never a secret among the arguments.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/cancel.hpp"
#include "engine/base/time.hpp"

namespace holdfast {

struct ProcessOptions {
    std::string input;                          // Given on standard input, which is then closed.
    std::map<std::string, std::string> add_environment;
    std::optional<Duration> timeout;            // Then SIGTERM, five seconds later SIGKILL, to its whole group.
    std::uint64_t output_bytes_max = 1 << 20;   // Of each stream; what is beyond is read and dropped.
    CancelToken cancel;
};

struct ProcessResult {
    int exit_status = 0;        // 128 + the signal where one ended it.
    bool timed_out = false;
    std::string output;
    std::string errors;
    bool ok() const { return exit_status == 0 && !timed_out; }
};

// Runs `argv[0]` (looked up in PATH) and waits. Throws Error{Missing} where it cannot be started,
// Error{Usage} where argv is empty; a program that fails is a result, not an error.
ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options = {});

}  // namespace holdfast
