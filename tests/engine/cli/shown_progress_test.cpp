#include "engine/cli/shown_progress.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using namespace holdfast;
using namespace std::chrono_literals;

TEST_CASE("progress tells bytes, rate and the time left", "[cli]") {
    CHECK(progress_line("backing up orders", 4'000'000'000, 10'000'000'000, 10s) ==
          "  backing up orders  40 %  4.00 GB of 10.0 GB  400 MB/s  15 s left");
}

TEST_CASE("progress without a known size tells bytes and rate", "[cli]") {
    CHECK(progress_line("reading", 2'000'000, 0, 2s) == "  reading  2.00 MB  1.00 MB/s");
}

TEST_CASE("work that has only begun has no rate", "[cli]") { CHECK(progress_line("reading", 0, 100, 0s) == "  reading  0 %  0 B of 100 B"); }

TEST_CASE("a phase's name cannot drive the terminal", "[cli]") {
    CHECK(progress_line("a\x1b[2Jb", 0, 0, 1s).find('\x1b') == std::string::npos);
}

TEST_CASE("elsewhere progress is two plain lines a phase", "[cli]") {
    std::ostringstream out;
    PlainProgress progress(out);
    progress.begin("backing up orders", 2048);
    progress.advance(1000);
    progress.advance(1048);
    progress.end();
    CHECK(out.str().starts_with("backing up orders (2.05 kB) …\nbacking up orders: done, 2.05 kB in "));
}

TEST_CASE("work under a second draws nothing on a terminal", "[cli]") {
    std::ostringstream out;
    {
        TerminalProgress progress(out, 80);
        progress.begin("quick", 10);
        progress.advance(10);
        progress.end();
    }
    CHECK(out.str().empty());
}
