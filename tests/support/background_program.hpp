// A program that runs beside a test until it is told to stop: the real `runbook follow`. What it says goes into a file.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace holdfast {

class BackgroundProgram {
public:
    BackgroundProgram(const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment, std::filesystem::path said)
        : said_(std::move(said)) {
        std::ofstream(said_, std::ios::trunc).flush();
        child_ = ::fork();
        if (child_ < 0) throw std::runtime_error("no background program");
        if (child_ == 0) become(argv, environment);
    }
    BackgroundProgram(const BackgroundProgram&) = delete;
    BackgroundProgram& operator=(const BackgroundProgram&) = delete;
    ~BackgroundProgram() { end(SIGKILL); }

    bool running() {
        if (child_ > 0 && ::waitpid(child_, &status_, WNOHANG) == child_) child_ = 0;
        return child_ > 0;
    }
    // Sends the signal and waits until it has ended; returns the exit status, 128 + the signal where one ended it.
    int end(int signal) {
        if (child_ > 0) {
            ::kill(child_, signal);
            ::waitpid(child_, &status_, 0);
            child_ = 0;
        }
        return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
    }
    // Returns false where it ended, or so much time went by, before it said that.
    bool wait_until_it_says(const std::string& text, std::chrono::seconds most = std::chrono::seconds(120)) {
        const auto end = std::chrono::steady_clock::now() + most;
        while (said().find(text) == std::string::npos) {
            if (!running() || std::chrono::steady_clock::now() > end) return said().find(text) != std::string::npos;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return true;
    }
    std::string said() const {
        std::ostringstream text;
        text << std::ifstream(said_).rdbuf();
        return std::move(text).str();
    }

private:
    [[noreturn]] void become(const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment) const {
        for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
        const int file = ::open(said_.c_str(), O_WRONLY | O_APPEND);
        ::dup2(file, STDOUT_FILENO);
        ::dup2(file, STDERR_FILENO);
        std::vector<char*> words;
        for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        ::execv(words[0], words.data());
        ::_exit(127);
    }

    std::filesystem::path said_;
    pid_t child_ = 0;
    int status_ = 0;
};

}  // namespace holdfast
