// Starts a program that goes on when this one has ended: in a session of its own, without our streams and without our
// environment, so that nothing secret gets to it. Whether a process is there can be asked later, by its number.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/base/file.hpp"

namespace holdfast {

struct SystemUser {
    std::string name;
    uid_t user = 0;
    gid_t group = 0;
};
// Nothing: there is none of that name.
std::optional<SystemUser> find_system_user(const std::string& name);

struct DetachedProgram {
    std::vector<std::string> argv;           // argv[0] is a path.
    std::optional<SystemUser> as = std::nullopt;   // Another user, where we are root.
    fs::path log;                            // What it says goes to its end.
};

// Returns its process number. Throws Error{Missing} where it cannot be started.
pid_t start_detached(const DetachedProgram& program);

// Whether a process is there and has not ended; one that has ended and that nobody has fetched yet does not count.
bool is_running(pid_t process);

// Waits until it has ended; false: it had not by then.
bool wait_until_ended(pid_t process, std::int64_t patience_ms);

}  // namespace holdfast
