#include "engine/base/detached.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <span>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr int kLookEveryMs = 5;

// What the one in the middle and the program itself tell us: a number, then errno where it could not be started.
struct Report {
    pid_t process = 0;
    int why = 0;
};

struct Ends {
    int read_end = -1, write_end = -1;
    Ends() {
        std::array<int, 2> made{};
        if (::pipe2(made.data(), O_CLOEXEC) != 0) throw_errno(errno, "create a pipe");
        read_end = made[0], write_end = made[1];
    }
    Ends(const Ends&) = delete;
    Ends& operator=(const Ends&) = delete;
    ~Ends() {
        ::close(read_end);
        if (write_end >= 0) ::close(write_end);
    }
    void close_write() {
        ::close(write_end);
        write_end = -1;
    }
};

void tell(int to, const Report& report) { [[maybe_unused]] const ssize_t put = ::write(to, &report, sizeof report); }

// Only async-signal-safe calls from here to exec.
[[noreturn]] void become(const DetachedProgram& program, std::span<const gid_t> groups, char* const* argv, char* const* environment, int log, int report) {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    bool fine = ::dup2(nothing, 0) >= 0 && ::dup2(log, 1) >= 0 && ::dup2(log, 2) >= 0 && ::chdir("/") == 0;
    if (fine && program.as) {
        fine = ::setgroups(groups.size(), groups.data()) == 0 && ::setgid(program.as->group) == 0 && ::setuid(program.as->user) == 0;
    }
    ::umask(077);
    if (fine) ::execve(argv[0], argv, environment);
    tell(report, {::getpid(), errno});
    ::_exit(127);
}

// All that the user is in: a server may read its key by one of them.
std::vector<gid_t> groups_of(const SystemUser& user) {
    std::vector<gid_t> groups(64);
    int count = static_cast<int>(groups.size());
    if (::getgrouplist(user.name.c_str(), user.group, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        ::getgrouplist(user.name.c_str(), user.group, groups.data(), &count);
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

std::optional<Report> read_report(int from) {
    Report report;
    ssize_t got = 0;
    do {
        got = ::read(from, &report, sizeof report);
    } while (got < 0 && errno == EINTR);
    return got == sizeof report ? std::optional(report) : std::nullopt;
}

}  // namespace

std::optional<SystemUser> find_system_user(const std::string& name) {
    std::array<char, 16384> room{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found) != 0 || found == nullptr) return std::nullopt;
    return SystemUser{.name = name, .user = found->pw_uid, .group = found->pw_gid};
}

pid_t start_detached(const DetachedProgram& program) {
    const int log = ::open(program.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log < 0) throw_errno(errno, "open " + program.log.string());
    std::vector<char*> argv;
    for (const std::string& word : program.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    std::array<std::string, 3> words{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"};
    std::array<char*, 4> environment{words[0].data(), words[1].data(), words[2].data(), nullptr};
    const std::vector<gid_t> groups = program.as ? groups_of(*program.as) : std::vector<gid_t>();
    Ends report;
    const pid_t between = ::fork();
    if (between == 0) {
        ::setsid();
        const pid_t child = ::fork();   // Whoever began it has ended by then: it is nobody's child.
        if (child == 0) become(program, groups, argv.data(), environment.data(), log, report.write_end);
        tell(report.write_end, {child, child < 0 ? errno : 0});
        ::_exit(0);
    }
    ::close(log);
    if (between < 0) throw_errno(errno, "start " + program.argv.front());
    report.close_write();
    ::waitpid(between, nullptr, 0);
    pid_t process = 0;
    int why = 0;
    while (const auto said = read_report(report.read_end)) {   // Ends when the program has been started: its end of the pipe is closed then.
        process = said->process;
        if (said->why != 0) why = said->why;
    }
    if (process > 0 && why == 0) return process;
    throw Error(ErrorCode::Missing, fmt::format("start {}: {}", program.argv.front(), std::strerror(why)), "Check that the program is installed and executable.");
}

bool is_running(pid_t process) {
    if (process <= 0 || (::kill(process, 0) != 0 && errno == ESRCH)) return false;
    std::array<char, 512> text{};
    const int file = ::open(fmt::format("/proc/{}/stat", process).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno != ENOENT;
    const ssize_t got = ::read(file, text.data(), text.size());
    ::close(file);
    const std::string_view stat(text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    const auto behind_name = stat.rfind(')');
    return behind_name == std::string_view::npos || behind_name + 2 >= stat.size() || (stat[behind_name + 2] != 'Z' && stat[behind_name + 2] != 'X');
}

bool wait_until_ended(pid_t process, std::int64_t patience_ms) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    while (is_running(process)) {
        if (std::chrono::steady_clock::now() >= until) return false;
        ::poll(nullptr, 0, kLookEveryMs);
    }
    return true;
}

}  // namespace holdfast
