#include "engine/storage/throttle_store.hpp"

#include <catch2/catch.hpp>

#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_store.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// A store of 1000 bytes a second whose sleeping moves the clock.
struct Throttled {
    ManualClock clock{"2026-11-20T13:05:00Z"};
    std::unique_ptr<Store> store = make_throttle_store(
        std::make_unique<MemoryStore>(),
        {.bytes_per_second = 1'000, .clock = &clock, .sleep = [this](Duration wait) { clock.advance(wait); }});

    // How long `work` and a following byte, which waits for it, take together.
    Duration time_of(const std::function<void()>& work) {
        const Duration before = clock.steady();
        work();
        store->put("probe", Bytes(1));
        return clock.steady() - before;
    }
};

}  // namespace

TEST_CASE("bytes take their time in both directions", "[storage][throttle]") {
    Throttled throttled;
    Store& store = *throttled.store;
    CHECK(throttled.time_of([&] { store.put("a", Bytes(500)); }) == 500ms);
    throttled.clock.advance(1s);
    CHECK(throttled.time_of([&] { store.get("a", 1000); }) == 500ms);
    throttled.clock.advance(1s);
    CHECK(throttled.time_of([&] {
              Bytes out(250);
              store.get_range("a", 0, out);
          }) == 250ms);
    throttled.clock.advance(1s);
    CHECK(throttled.time_of([&] {
              const auto upload = store.begin_upload("b");
              for (int piece = 0; piece < 4; ++piece) upload->append(Bytes(100));
              CHECK(upload->commit());
          }) == 400ms);
}

TEST_CASE("time that was not used is not saved up", "[storage][throttle]") {
    Throttled throttled;
    throttled.clock.advance(1h);
    CHECK(throttled.time_of([&] { throttled.store->put("a", Bytes(2'000)); }) == 2s);
}

TEST_CASE("looking around costs nothing", "[storage][throttle]") {
    Throttled throttled;
    throttled.store->put("a", {});
    CHECK(throttled.time_of([&] {
              CHECK(throttled.store->look_at("a"));
              throttled.store->list("", [](const ObjectFacts&) {});
              CHECK(throttled.store->remove("a"));
          }) == 0ms);
}
