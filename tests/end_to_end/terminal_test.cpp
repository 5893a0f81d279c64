// The program at a terminal: it asks, shows colour, and stops when Ctrl-C is typed.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "tests/end_to_end/program_in_folder.hpp"
#include "tests/support/order_lines.hpp"

using namespace holdfast;

namespace {

// The program on a pseudo terminal of its own, with a person who types.
class AtTerminal {
public:
    AtTerminal(const ProgramInFolder& house, std::vector<std::string> words) {
        words.insert(words.begin(), HOLDFAST_BINARY_DIR "/runbook");
        terminal_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        REQUIRE(terminal_ >= 0);
        REQUIRE((::grantpt(terminal_) == 0 && ::unlockpt(terminal_) == 0));
        const std::string name = ::ptsname(terminal_);
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        child_ = ::fork();
        REQUIRE(child_ >= 0);
        if (child_ == 0) become(house, name, argv.data());
    }
    AtTerminal(const AtTerminal&) = delete;
    AtTerminal& operator=(const AtTerminal&) = delete;
    ~AtTerminal() {
        if (child_ > 0) ::kill(child_, SIGKILL);
        if (child_ > 0) ::waitpid(child_, nullptr, 0);
        ::close(terminal_);
    }

    // Reads until `text` is on the screen; false when the program ended or a minute passed.
    bool waits_for(const std::string& text) {
        for (int round = 0; round < 600; ++round) {
            if (screen_.find(text) != std::string::npos) return true;
            if (!read_some()) return screen_.find(text) != std::string::npos;
        }
        return false;
    }
    void types(const std::string& text) { REQUIRE(::write(terminal_, text.data(), text.size()) == static_cast<ssize_t>(text.size())); }
    int ends() {
        while (read_some()) {}
        int status = 0;
        ::waitpid(child_, &status, 0);
        child_ = -1;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    const std::string& screen() const { return screen_; }

private:
    [[noreturn]] static void become(const ProgramInFolder& house, const std::string& terminal, char* const* argv) {
        ::setsid();
        const int tty = ::open(terminal.c_str(), O_RDWR);
        ::ioctl(tty, TIOCSCTTY, 0);
        for (const int descriptor : {0, 1, 2}) ::dup2(tty, descriptor);
        for (const auto& [name, value] : house.environment) ::setenv(name.c_str(), value.c_str(), 1);
        ::setenv("TERM", "xterm", 1);
        ::unsetenv("NO_COLOR");
        if (::chdir(house.folder.path().c_str()) == 0) ::execv(argv[0], argv);
        ::_exit(127);
    }

    // False at the end.
    bool read_some() {
        pollfd watched{terminal_, POLLIN, 0};
        if (::poll(&watched, 1, 100) <= 0) return true;
        char buffer[4096];
        const ssize_t got = ::read(terminal_, buffer, sizeof buffer);
        if (got <= 0) return false;
        screen_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }

    int terminal_ = -1;
    pid_t child_ = -1;
    std::string screen_;
};

struct AccidentInFolder : ProgramInFolder {
    std::string damaged;
    AccidentInFolder() {
        make_house();
        must({"tick"});
        delete_sample_orders(database(), 10, 20);
        damaged = order_lines(database());
    }
};

}  // namespace

TEST_CASE("at a terminal a run asks twice and does what was answered", "[end_to_end]") {
    AccidentInFolder house;
    AtTerminal terminal(house, {"run", "accidental-deletion", "--before", "in 1m"});
    REQUIRE(terminal.waits_for("Run it? [y/N]"));
    terminal.types("y\n");
    REQUIRE(terminal.waits_for("Approve this? [y/N]"));
    CHECK(order_lines(house.database()) == house.damaged);
    terminal.types("y\n");
    const int status = terminal.ends();
    INFO(terminal.screen());
    CHECK(status == 0);
    CHECK(order_lines(house.database()) != house.damaged);
    CHECK(terminal.screen().find("\x1b[32mdone\x1b[0m") != std::string::npos);
}

TEST_CASE("a no at the terminal changes nothing", "[end_to_end]") {
    AccidentInFolder house;
    AtTerminal terminal(house, {"run", "accidental-deletion", "--before", "in 1m"});
    REQUIRE(terminal.waits_for("Run it? [y/N]"));
    terminal.types("\n");
    CHECK(terminal.ends() == 75);
    CHECK(terminal.screen().find("Nothing was done.") != std::string::npos);
    CHECK(order_lines(house.database()) == house.damaged);
    CHECK(house.must({"runs", "list"}).find("No runbook has been run.") != std::string::npos);
}

TEST_CASE("Ctrl-C at a question stops the run, and resuming goes on", "[end_to_end]") {
    AccidentInFolder house;
    AtTerminal terminal(house, {"run", "accidental-deletion", "--before", "in 1m"});
    REQUIRE(terminal.waits_for("Run it? [y/N]"));
    terminal.types("y\n");
    REQUIRE(terminal.waits_for("Approve this? [y/N]"));
    terminal.types("\x03");
    const int status = terminal.ends();
    INFO(terminal.screen());
    CHECK(status == 75);
    CHECK(terminal.screen().find("runbook runs resume ") != std::string::npos);
    CHECK(order_lines(house.database()) == house.damaged);
    house.must({"runs", "resume", "last", "--yes"});
    CHECK(order_lines(house.database()) != house.damaged);
}
