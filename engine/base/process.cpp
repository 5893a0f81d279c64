#include "engine/base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "engine/base/error.hpp"

extern char** environ;  // NOLINT: POSIX wants exactly this declaration.

namespace holdfast {
namespace {

struct Pipe {
    int read_end = -1;
    int write_end = -1;

    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno(errno, "create a pipe");
        read_end = ends[0];
        write_end = ends[1];
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_read();
        close_write();
    }
    void close_read() { close_end(read_end); }
    void close_write() { close_end(write_end); }

private:
    static void close_end(int& end) {
        if (end >= 0) ::close(end);
        end = -1;
    }
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (!added.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
    }
    for (const auto& [name, value] : added) all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

struct Child {
    pid_t pid = -1;
    Pipe input, output, errors, failure;  // `failure` carries errno when exec does not work.
};

// Runs in the child between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(Child& child, char* const* argv, char* const* environment) {
    ::setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    if (::dup2(child.input.read_end, 0) >= 0 && ::dup2(child.output.write_end, 1) >= 0 &&
        ::dup2(child.errors.write_end, 2) >= 0) {
        ::execvpe(argv[0], argv, environment);
    }
    const int why = errno;
    [[maybe_unused]] const ssize_t put = ::write(child.failure.write_end, &why, sizeof why);
    ::_exit(127);
}

// Reads why exec did not work, where it did not.
void require_started(pid_t pid, Pipe& failure, const std::string& program) {
    failure.close_write();
    int why = 0;
    ssize_t got = 0;
    do {
        got = ::read(failure.read_end, &why, sizeof why);
    } while (got < 0 && errno == EINTR);
    if (got != sizeof why) return;
    ::waitpid(pid, nullptr, 0);
    throw Error(ErrorCode::Missing, "start " + program + ": " + std::strerror(why), "Check that the program is installed, on the PATH and executable.");
}

void start(Child& child, const std::vector<std::string>& argv, const ProcessOptions& options) {
    const std::vector<std::string> environment = environment_with(options.add_environment);
    const std::vector<char*> argument_pointers = pointers_to(argv);
    const std::vector<char*> environment_pointers = pointers_to(environment);
    child.pid = ::fork();
    if (child.pid < 0) throw_errno(errno, "start " + argv[0]);
    if (child.pid == 0) become(child, argument_pointers.data(), environment_pointers.data());
    child.input.close_read();
    child.output.close_write();
    child.errors.close_write();
    require_started(child.pid, child.failure, argv[0]);
}

int exit_status_in(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

// Reads once from the child; what is beyond `most` is dropped.
void take(Pipe& pipe, std::string& into, std::uint64_t most) {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(pipe.read_end, buffer.data(), buffer.size());
    if (got == 0) pipe.close_read();
    if (got <= 0) return;
    const std::size_t room = most - std::min<std::size_t>(most, into.size());
    into.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
}

// Moves what can be moved now; returns false when both of the child's streams have ended.
bool pump(Child& child, std::string_view& input, ProcessResult& result, const ProcessOptions& options) {
    std::array<pollfd, 3> watched{{{child.output.read_end, POLLIN, 0},
                                   {child.errors.read_end, POLLIN, 0},
                                   {child.input.write_end, POLLOUT, 0}}};
    if (input.empty()) child.input.close_write();
    watched[2].fd = child.input.write_end;
    if (::poll(watched.data(), watched.size(), 50) < 0 && errno != EINTR) throw_errno(errno, "wait for a program");
    if (child.output.read_end >= 0 && watched[0].revents != 0) take(child.output, result.output, options.output_bytes_max);
    if (child.errors.read_end >= 0 && watched[1].revents != 0) take(child.errors, result.errors, options.output_bytes_max);
    if (child.input.write_end >= 0 && watched[2].revents != 0) {
        const ssize_t put = ::write(child.input.write_end, input.data(), std::min<std::size_t>(input.size(), 4096));
        if (put > 0) input.remove_prefix(static_cast<std::size_t>(put));
        if (put < 0 && errno != EINTR && errno != EAGAIN) input = {};
    }
    return child.output.read_end >= 0 || child.errors.read_end >= 0;
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options) {
    if (argv.empty()) throw Error(ErrorCode::Usage, "an empty command");
    ::signal(SIGPIPE, SIG_IGN);
    Child child;
    start(child, argv, options);
    ProcessResult result;
    std::string_view input = options.input;
    using SteadyClock = std::chrono::steady_clock;
    const auto began = SteadyClock::now();
    std::optional<SteadyClock::time_point> asked_to_stop;
    bool open = true;
    int status = 0;
    pid_t ended = 0;
    while (true) {
        if (open) open = pump(child, input, result, options);
        // A grandchild may keep the streams open; the end of the program itself is what counts.
        ended = ::waitpid(child.pid, &status, open ? WNOHANG : (asked_to_stop || options.timeout || options.cancel.stop_possible() ? WNOHANG : 0));
        if (ended == child.pid) break;
        if (!open) ::poll(nullptr, 0, 10);
        const auto now = SteadyClock::now();
        const bool late = options.timeout && now - began > *options.timeout;
        if (!asked_to_stop && (late || options.cancel.stop_requested())) {
            result.timed_out = late;
            asked_to_stop = now;
            ::kill(-child.pid, SIGTERM);
        } else if (asked_to_stop && now - *asked_to_stop > std::chrono::seconds(5)) {
            ::kill(-child.pid, SIGKILL);
        }
    }
    for (int round = 0; open && round < 20; ++round) open = pump(child, input, result, options);
    result.exit_status = exit_status_in(status);
    throw_if_cancelled(options.cancel);
    return result;
}

struct RunningProgram::Child : holdfast::Child {};

RunningProgram::RunningProgram(const std::vector<std::string>& argv, const ProcessOptions& options) : child_(std::make_unique<Child>()), options_(options) {
    if (argv.empty()) throw Error(ErrorCode::Usage, "an empty command");
    start(*child_, argv, options_);
    child_->input.close_write();
}

RunningProgram::~RunningProgram() {
    if (ended_) return;
    ::kill(-child_->pid, SIGKILL);
    ::waitpid(child_->pid, nullptr, 0);
}

std::size_t RunningProgram::read(std::span<std::byte> out) {
    constexpr int kLookMs = 50;   // For whoever wants it to stop.
    while (child_->output.read_end >= 0 && !out.empty()) {
        throw_if_cancelled(options_.cancel);
        std::array<pollfd, 2> watched{{{child_->output.read_end, POLLIN, 0}, {child_->errors.read_end, POLLIN, 0}}};
        if (::poll(watched.data(), watched.size(), kLookMs) < 0 && errno != EINTR) throw_errno(errno, "wait for a program");
        if (watched[1].revents != 0) take(child_->errors, result_.errors, options_.output_bytes_max);
        if (watched[0].revents == 0) continue;
        const ssize_t got = ::read(child_->output.read_end, out.data(), out.size());
        if (got > 0) return static_cast<std::size_t>(got);
        if (got == 0) child_->output.close_read();
        else if (errno != EINTR && errno != EAGAIN) throw_errno(errno, "read what a program says");
    }
    return 0;
}

ProcessResult RunningProgram::finish() {
    std::array<std::byte, 4096> rest{};
    while (read(rest) > 0) {}
    while (child_->errors.read_end >= 0) take(child_->errors, result_.errors, options_.output_bytes_max);
    int status = 0;
    while (::waitpid(child_->pid, &status, 0) < 0 && errno == EINTR) {}
    ended_ = true;
    result_.exit_status = exit_status_in(status);
    return result_;
}

int run_attached(const std::vector<std::string>& argv, const CancelToken& cancel) {
    if (argv.empty()) throw Error(ErrorCode::Usage, "an empty command");
    Pipe failure;
    const std::vector<char*> pointers = pointers_to(argv);
    const pid_t pid = ::fork();
    if (pid < 0) throw_errno(errno, "start " + argv[0]);
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::signal(SIGPIPE, SIG_DFL);
        ::execvp(pointers[0], pointers.data());
        const int why = errno;
        [[maybe_unused]] const ssize_t put = ::write(failure.write_end, &why, sizeof why);
        ::_exit(127);
    }
    require_started(pid, failure, argv[0]);
    constexpr auto kLook = std::chrono::milliseconds(50);
    constexpr auto kOwnSignal = std::chrono::seconds(1);
    std::optional<std::chrono::steady_clock::time_point> asked;
    bool told = false;
    int status = 0;
    while (::waitpid(pid, &status, WNOHANG) != pid) {
        ::poll(nullptr, 0, static_cast<int>(kLook.count()));
        if (!cancel.stop_requested()) continue;
        const auto now = std::chrono::steady_clock::now();
        if (!asked) asked = now;
        if (!told && now - *asked > kOwnSignal) {
            ::kill(pid, SIGTERM);
            told = true;
        }
    }
    return exit_status_in(status);
}

}  // namespace holdfast
