#include "engine/base/log.hpp"

#include <catch2/catch.hpp>

#include "tests/support/child_process.hpp"

using namespace holdfast;

TEST_CASE("lines from the wanted level up go to standard error", "[base][log]") {
    const ChildEnd end = in_child([] {
        set_log_level(LogLevel::Info);
        log_debug("too small");
        log_info("read {} pages", 12);
        log_warning("disk {} is nearly full", "/srv");
    });
    CHECK(end.errors.find("too small") == std::string::npos);
    CHECK(end.errors.find("read 12 pages") != std::string::npos);
    CHECK(end.errors.find("disk /srv is nearly full") != std::string::npos);
}

TEST_CASE("a line's braces are not read again as a format", "[base][log]") {
    CHECK(in_child([] { log_line(LogLevel::Error, "odd {} {name} text"); }).errors.find("odd {} {name} text") != std::string::npos);
}
