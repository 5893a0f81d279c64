// The one exception type for failures of the world outside: a full disk, a wrong key, a server that
// is down. A broken promise inside the program is an assertion (base/check.hpp), never an Error.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

// Closed list. Names and exit statuses are stable: scripts depend on them (the table in error.cpp).
enum class ErrorCode : std::uint8_t {
    Findings,          // 1: something falls short; not a failure of the command.
    Changes,           // 2: the plan has changes.
    WaitingForApproval,// 3
    CannotRecover,     // 4: the repository does not hold what was asked for.
    InDoubt,           // 5: a step may or may not have happened; a person decides.
    Usage,             // 64: the command line is wrong.
    BadPolicy,         // 65: a policy file is wrong.
    BadRunbook,        // 65: a runbook file is wrong, or does something that it may not.
    Unavailable,       // 69: a database or store cannot be reached or is not in this build.
    NotADatabase,      // 69: the file or server is not what the policy says.
    Internal,          // 70
    Corrupt,           // 74: bytes that were read are not those that were written.
    Io,                // 74
    DiskFull,          // 74
    Missing,           // 74: a file or object that must exist does not.
    AlreadyExists,     // 74: refuses to overwrite.
    Busy,              // 75: somebody else holds it; try again.
    Changed,           // 75: the world has changed since the plan was made.
    Cancelled,         // 75: stopped by the user.
    NotPermitted,      // 77
    WrongKey,          // 77: the key does not open the repository.
};

// Returns the stable name, e.g. "disk-full".
std::string_view name_of(ErrorCode code);
// Returns the process exit status of design section 4.
int exit_status_of(ErrorCode code);

struct Error : std::exception {
    ErrorCode code;
    std::string message;  // Lower case, no full stop; grows outward: "read pack 3f9c: short read".
    std::string hint;     // A sentence for the operator: what to try next. Empty when we do not know.

    Error(ErrorCode code_, std::string message_, std::string hint_ = {})
        : code(code_), message(std::move(message_)), hint(std::move(hint_)) {}
    const char* what() const noexcept override { return message.c_str(); }
};

// Throws an Error for a failed system call: `what` plus the text of `error_number`, with the code and
// hint that suit it (ENOSPC: DiskFull, EACCES: NotPermitted, ENOENT: Missing, EEXIST: AlreadyExists).
[[noreturn]] void throw_errno(int error_number, std::string_view what);

// Runs `work`; an Error that leaves it gets `where` put in front of its message.
template <typename Work>
decltype(auto) within(std::string_view where, Work&& work) {
    try {
        return std::forward<Work>(work)();
    } catch (Error& error) {
        error.message = std::string(where) + ": " + error.message;
        throw;
    }
}

}  // namespace holdfast
