#include "engine/base/clock.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/support/manual_clock.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

TEST_CASE("the system's clock tells today's time", "[base][clock]") {
    ::unsetenv("HOLDFAST_NOW");
    const SystemClock clock;
    const auto real = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    CHECK_FALSE(clock.is_shifted());
    CHECK(clock.now() - real < 1min);
    CHECK(real - clock.now() < 1min);
}

TEST_CASE("HOLDFAST_NOW sets where the clock starts", "[base][clock]") {
    ::setenv("HOLDFAST_NOW", "2026-11-20T13:05:00Z", 1);
    const SystemClock clock;
    ::unsetenv("HOLDFAST_NOW");
    const Instant start = parse_rfc3339("2026-11-20T13:05:00Z").value();
    CHECK(clock.is_shifted());
    CHECK(clock.now() >= start);
    CHECK(clock.now() < start + 1min);
}

TEST_CASE("steady time does not go back when the wall clock does", "[base][clock]") {
    ManualClock clock("2026-11-20T13:05:00Z");
    const Duration before = clock.steady();
    clock.advance(5s);
    clock.set(parse_rfc3339("2020-01-01T00:00:00Z").value());
    CHECK(clock.steady() - before == 5s);
    const SystemClock real;
    const Duration first = real.steady();
    CHECK(real.steady() >= first);
}
