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

// Runs `argv[0]` on this program's own terminal and streams and waits until it has ended, whatever signals say; returns its exit
// status (128 + the signal where one ended it). When `cancel` asks, it is asked to end (SIGTERM), after a moment in which it may have had the
// same Ctrl-C. Throws as run_process.
int run_attached(const std::vector<std::string>& argv, const CancelToken& cancel);

}  // namespace holdfast
