#include "providers/databases/postgres/server_process.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr int kLookEveryMs = 10;
constexpr std::int64_t kStopPatienceMs = 30'000, kKillPatienceMs = 10'000;
constexpr std::uint64_t kLogBytesMost = 64 << 20, kProcessBytesMost = 64 << 10;

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

pid_t number_in(std::string_view text) {
    pid_t process = 0;
    std::from_chars(text.data(), text.data() + text.size(), process);
    return process;
}

std::vector<std::string> process_lines(const fs::path& data_folder) {
    try {
        return is_there(data_folder / kProcessFile) ? split(read_text_file(data_folder / kProcessFile, kProcessBytesMost), '\n') : std::vector<std::string>();
    } catch (const Error& error) {
        if (error.code == ErrorCode::Missing) return {};   // Gone since.
        throw;
    }
}

// A machine that has no room says nothing about the cluster.
bool is_about_machine(std::string_view complaint) {
    for (const std::string_view words : {"shared memory", "Permission denied", "lock file", "No space left", "could not bind", "shared library", "shared libraries", "configuration file",
                                         "private key", "certificate", "listen sockets"}) {
        if (complaint.find(words) != std::string_view::npos) return true;
    }
    return false;
}

[[noreturn]] void fail_start(const ServerStart& start, std::uint64_t from) {
    const std::string complaint = last_complaint(start.log, from);
    throw Error(is_about_machine(complaint) ? ErrorCode::Unavailable : ErrorCode::Corrupt,
                fmt::format("the server over {} does not come up: {}", start.data_folder.string(), complaint.empty() ? "it ended without a word" : complaint),
                fmt::format("Its log is {}.", start.log.string()));
}

}  // namespace

std::optional<pid_t> server_in(const fs::path& data_folder) {
    const auto lines = process_lines(data_folder);
    const pid_t process = lines.empty() ? 0 : number_in(lines.front());
    if (process <= 0 || process == ::getpid() || !is_running(process)) return std::nullopt;
    std::error_code unknown;
    const fs::path works_in = fs::read_symlink(fmt::format("/proc/{}/cwd", process), unknown);
    const bool other = !unknown && works_in != fs::weakly_canonical(data_folder, unknown);   // Its number was given to another program.
    return other ? std::nullopt : std::optional(process);
}

std::optional<ServerState> state_of_server(const fs::path& data_folder) {
    const auto process = server_in(data_folder);
    if (!process) return std::nullopt;
    const auto lines = process_lines(data_folder);
    if (lines.size() < 8 || number_in(lines[0]) != *process) return ServerState{.process = *process, .port = {}, .socket_folder = {}, .state = "starting"};
    return ServerState{.process = *process, .port = std::string(trim(lines[3])), .socket_folder = std::string(trim(lines[4])), .state = std::string(trim(lines[7]))};
}

pid_t launch_server(const ServerStart& start) { return start_detached({.argv = start.argv, .as = start.as, .log = start.log}); }

std::uint64_t log_bytes(const fs::path& log) { return is_there(log) ? fs::file_size(log) : 0; }

std::string last_complaint(const fs::path& log, std::uint64_t from) {
    const std::string text = read_text_file(log, kLogBytesMost);
    std::string found, any;
    for (const std::string& line : split(std::string_view(text).substr(std::min<std::size_t>(from, text.size())), '\n')) {
        for (const std::string_view severity : {"FATAL:", "PANIC:", "ERROR:"}) {
            const auto at = line.find(severity);
            if (at != std::string::npos && (found.empty() || severity != "ERROR:")) found = line.substr(at + severity.size());
        }
        if (!trim(line).empty()) any = line;
    }
    return printable(trim(found.empty() ? any : found), 300);
}

void await_server(const ServerStart& start, pid_t process, std::uint64_t log_began, const CancelToken& cancel) {
    const auto answers = [&] {
        const auto state = state_of_server(start.data_folder);
        return state && state->process == process && (state->state == "ready" || (start.standby_is_enough && state->state == "standby"));
    };
    try {
        while (!answers()) {
            if (!is_running(process)) fail_start(start, log_began);
            throw_if_cancelled(cancel);
            ::poll(nullptr, 0, kLookEveryMs);
        }
    } catch (const Error&) {
        if (is_running(process)) end_server(process);
        throw;
    }
}

void remove_marks_of_dead_server(const fs::path& data_folder) {
    const auto lines = process_lines(data_folder);
    if (lines.empty() || server_in(data_folder)) return;
    std::error_code ignored;
    if (lines.size() > 4 && !trim(lines[4]).empty()) {
        const fs::path socket = fs::path(trim(lines[4])) / fmt::format(".s.PGSQL.{}", trim(lines[3]));
        const fs::path lock = socket.string() + ".lock";
        if (is_there(lock) && number_in(read_text_file(lock, kProcessBytesMost)) == number_in(lines[0])) {
            for (const fs::path& mark : {lock, socket}) fs::remove(mark, ignored);
        }
    }
    fs::remove(data_folder / kProcessFile, ignored);
}

void end_server(pid_t process) {
    ::kill(process, SIGQUIT);
    if (wait_until_ended(process, kStopPatienceMs)) return;
    ::kill(process, SIGKILL);
    if (wait_until_ended(process, kKillPatienceMs)) return;
    throw Error(ErrorCode::Busy, fmt::format("the server (process {}) does not end", process), "Look at the process: it may wait for a disk.");
}

void stop_server(const fs::path& data_folder, pid_t process, const CancelToken& cancel) {
    if (::kill(process, SIGINT) != 0 && errno != ESRCH) throw_errno(errno, fmt::format("stop the server in {} (process {})", data_folder.string(), process));
    while (is_running(process)) {
        throw_if_cancelled(cancel);
        ::poll(nullptr, 0, kLookEveryMs);
    }
    wait_until_left(data_folder, cancel);
}

void wait_until_left(const fs::path& data_folder, const CancelToken& cancel) {
    const fs::path folder = fs::canonical(data_folder);
    const auto is_used = [&] {
        for (const auto& entry : fs::directory_iterator("/proc")) {
            std::error_code gone;
            if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string().front())) == 0 || fs::read_symlink(entry.path() / "cwd", gone) != folder) continue;
            const fs::path program = fs::read_symlink(entry.path() / "exe", gone);   // Somebody's shell may stand in that folder too.
            if (gone || program.filename().string().starts_with("postgres")) return true;
        }
        return false;
    };
    for (std::int64_t waited = 0; is_used(); waited += kLookEveryMs) {
        if (waited > kKillPatienceMs) throw Error(ErrorCode::Busy, fmt::format("processes of an earlier server still use {}", data_folder.string()), "End them, then try again.");
        throw_if_cancelled(cancel);
        ::poll(nullptr, 0, kLookEveryMs);
    }
}

void give_to(const fs::path& path, const SystemUser& user) {
    if (::lchown(path.c_str(), user.user, user.group) != 0) throw_errno(errno, "give " + path.string() + " to " + user.name);
}

void give_all_to(const fs::path& folder, const SystemUser& user) {
    give_to(folder, user);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) give_to(entry.path(), user);
}

}  // namespace holdfast
