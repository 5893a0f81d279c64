#include "engine/cli/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace holdfast {

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

bool wants_colour(int descriptor) {
    const char* refused = std::getenv("NO_COLOR");
    const char* kind = std::getenv("TERM");
    if (refused != nullptr && *refused != '\0') return false;
    return is_terminal(descriptor) && kind != nullptr && std::string_view(kind) != "dumb";
}

std::size_t terminal_columns(int descriptor) {
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 100;
    return size.ws_col;
}

std::optional<std::string> read_answer(std::string_view prompt, const CancelToken& cancel) {
    [[maybe_unused]] const ssize_t shown = ::write(STDERR_FILENO, prompt.data(), prompt.size());
    std::string line;
    while (true) {
        throw_if_cancelled(cancel);
        pollfd watched{STDIN_FILENO, POLLIN, 0};
        const int ready = ::poll(&watched, 1, 100);
        if (ready < 0 && errno != EINTR) throw_errno(errno, "read an answer");
        if (ready <= 0) continue;
        char letter = 0;
        const ssize_t got = ::read(STDIN_FILENO, &letter, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return line.empty() ? std::nullopt : std::optional(line);
        if (letter == '\n') return line;
        if (line.size() < 4096) line += letter;
    }
}

}  // namespace holdfast
