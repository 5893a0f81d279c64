#include "engine/model/wal.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a commit's time is rounded down, so that what is before a millisecond stays before it", "[model][wal]") {
    const auto at = [](std::int64_t micros) { return to_millis(instant_of({.at = {}, .end = {}, .xid = 1, .micros = micros, .restore_point = {}})); };
    CHECK(at(1'999) == 1);
    CHECK(at(2'000) == 2);
    CHECK(at(-1) == -1);
}
