// Runs a few lines in a forked child, for what ends a process: assertions, kills, output on standard error.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>

namespace holdfast {

struct ChildEnd {
    int exit_status = 0;   // 128 + the signal where one ended it.
    std::string errors;    // What it wrote to standard error.
};

inline ChildEnd in_child(const std::function<void()>& work) {
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("no fork");
    if (child == 0) {
        ::dup2(pipe_ends[1], STDERR_FILENO);
        ::close(pipe_ends[0]);
        std::signal(SIGABRT, SIG_DFL);   // Not Catch's report of the parent's test.
        work();
        ::_exit(0);
    }
    ::close(pipe_ends[1]);
    ChildEnd end;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;) end.errors.append(buffer, static_cast<std::size_t>(got));
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    end.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return end;
}

}  // namespace holdfast
