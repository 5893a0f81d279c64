#include "providers/databases/sqlite/newest_frames.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("the newest frame of each page is kept", "[sqlite][wal]") {
    NewestFrames frames;
    for (std::uint32_t frame = 1; frame <= 300'000; ++frame) frames.add(1 + frame % 1000, frame);
    frames.settle();
    CHECK(frames.all().size() == 1000);
    CHECK(frames.frame_of(1) == 300'000);
    CHECK(frames.frame_of(2) == 299'001);
    CHECK_FALSE(frames.frame_of(1001));
}

TEST_CASE("later frames go over earlier ones, and new pages find their place", "[sqlite][wal]") {
    NewestFrames frames, later;
    for (const std::uint32_t page : {2U, 5U, 9U}) frames.add(page, page);
    for (const std::uint32_t page : {1U, 5U, 7U, 20U}) later.add(page, 100 + page);
    frames.settle();
    later.settle();
    frames.merge(later);
    CHECK(frames.all().size() == 6);
    CHECK(frames.frame_of(2) == 2);
    CHECK(frames.frame_of(5) == 105);
    CHECK(frames.frame_of(7) == 107);
    CHECK(frames.frame_of(20) == 120);
    frames.clear();
    CHECK(frames.all().empty());
}
