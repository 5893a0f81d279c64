// A server's process over a data directory of this machine: whether one runs there, starting it, waiting for what it says of itself in
// postmaster.pid, ending it. A server that does not come up is reported with its last complaint.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/cancel.hpp"
#include "engine/base/detached.hpp"
#include "engine/base/file.hpp"

namespace holdfast {

inline constexpr const char* kProcessFile = "postmaster.pid";

// The server that runs in a data directory, whosever it is.
std::optional<pid_t> server_in(const fs::path& data_folder);

// What the process file of a running server says, as pg_ctl reads it.
struct ServerState {
    pid_t process = 0;
    std::string port, socket_folder;   // The first of them; empty: none.
    std::string state;                 // starting, stopping, ready, standby
};
std::optional<ServerState> state_of_server(const fs::path& data_folder);

struct ServerStart {
    fs::path data_folder;
    std::vector<std::string> argv;
    std::optional<SystemUser> as = std::nullopt;
    fs::path log;                      // What it says goes to its end.
    bool standby_is_enough = false;    // It may still be replaying, and answers already.
};
// Starts it and returns its process as soon as it is known. Throws Missing where the program cannot be started.
pid_t launch_server(const ServerStart& start);
// Waits until it takes statements. Throws Unavailable or Corrupt with its last complaint since `log_began` where it ends; it is ended
// where anything is thrown.
void await_server(const ServerStart& start, pid_t process, std::uint64_t log_began, const CancelToken& cancel);
std::uint64_t log_bytes(const fs::path& log);
// The last thing that it complained of since then; else the last line.
std::string last_complaint(const fs::path& log, std::uint64_t from);

// Of one that was killed and runs no more: its process file, and the lock of its socket, which a server takes for that of a living one as long
// as the dead one's number is known.
void remove_marks_of_dead_server(const fs::path& data_folder);

// At once, as a crash would; its children go with it. Throws Busy where it does not end.
void end_server(pid_t process);
// Cleanly: sessions are ended, everything is written (the manual's Fast Shutdown). Waits as long as that takes.
void stop_server(const fs::path& data_folder, pid_t process, const CancelToken& cancel);
// A server that was killed leaves children behind for a moment, and they still have the files. Throws Busy.
void wait_until_left(const fs::path& data_folder, const CancelToken& cancel);

// Gives a path, and all that is in it, to the user.
void give_to(const fs::path& path, const SystemUser& user);
void give_all_to(const fs::path& folder, const SystemUser& user);

}  // namespace holdfast
