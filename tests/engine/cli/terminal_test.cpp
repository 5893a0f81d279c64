#include "engine/cli/terminal.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

using namespace holdfast;

TEST_CASE("a file is no terminal and gets no colour", "[cli]") {
    const int file = ::open("/dev/null", O_RDWR);
    CHECK_FALSE(is_terminal(file));
    CHECK_FALSE(wants_colour(file));
    CHECK(terminal_columns(file) == 100);
    ::close(file);
}

TEST_CASE("a pseudo terminal gets colour unless it is refused", "[cli]") {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0) return;
    ::grantpt(terminal);
    ::unlockpt(terminal);
    ::setenv("TERM", "xterm", 1);
    ::unsetenv("NO_COLOR");
    CHECK(is_terminal(terminal));
    CHECK(wants_colour(terminal));
    ::setenv("NO_COLOR", "1", 1);
    CHECK_FALSE(wants_colour(terminal));
    ::setenv("NO_COLOR", "", 1);
    ::setenv("TERM", "dumb", 1);
    CHECK_FALSE(wants_colour(terminal));
    ::close(terminal);
}

TEST_CASE("a question is not waited for when a stop was asked for", "[cli]") {
    std::stop_source source;
    source.request_stop();
    CHECK_THROWS_AS(read_answer("", source.get_token()), Error);
}
