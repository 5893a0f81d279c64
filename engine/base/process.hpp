// Runs other programs: an argument list, never a shell, never a secret among the arguments.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
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

// A program whose standard output is read while it runs, however long it is; input and timeout of the options are not used. Not finished:
// it is ended with its whole group.
class RunningProgram {
public:
    // Throws as run_process.
    explicit RunningProgram(const std::vector<std::string>& argv, const ProcessOptions& options = {});
    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;
    ~RunningProgram();

    // Waits for what comes next; 0 at the end. Throws Cancelled.
    std::size_t read(std::span<std::byte> out);
    // After the end of its output: waits until it has ended. `output` of the result is empty.
    ProcessResult finish();

private:
    struct Child;
    std::unique_ptr<Child> child_;
    ProcessOptions options_;
    ProcessResult result_;
    bool ended_ = false;
};

// Runs `argv[0]` on this program's own terminal and streams and waits until it has ended, whatever signals say; returns its exit
// status (128 + the signal where one ended it). When `cancel` asks, it is asked to end (SIGTERM), after a moment in which it may have had the
// same Ctrl-C. Throws as run_process.
int run_attached(const std::vector<std::string>& argv, const CancelToken& cancel);

}  // namespace holdfast
