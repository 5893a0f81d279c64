#include "engine/repository/pins.hpp"

#include "engine/repository/usage.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

const DatabaseName kOrders("orders.eu");
const PointName kFirst{kOrders, PointId("01JD0000000000000000000001")}, kSecond{kOrders, PointId("01JD0000000000000000000002")};
const Pin kForEver{.pinned = true, .keep_until = std::nullopt};
const Pin kForAWhile{.pinned = false, .keep_until = instant("2026-12-24T18:00:00Z")};

struct PinBench : KeyedStore {
    void put(const PointName& point, const Pin& pin) { put_pin(store, keys->sealing(), point, pin); }
    std::optional<Pin> read(const PointName& point) { return read_pin(store, keys->sealing(), point); }
};

}  // namespace

TEST_CASE("a pin says until when a point is kept, or that it is kept no more", "[repository][pins]") {
    PinBench bench;
    CHECK_FALSE(bench.read(kFirst));
    for (const Pin& pin : {kForEver, kForAWhile, Pin{}}) {
        bench.put(kFirst, pin);
        CHECK(bench.read(kFirst) == pin);
    }
    bench.put(kSecond, kForEver);
    bench.put({DatabaseName("bills"), kFirst.id}, kForEver);
    CHECK(read_pins(bench.store, bench.keys->sealing(), kOrders) == std::map<PointName, Pin>{{kFirst, Pin{}}, {kSecond, kForEver}});
    CHECK(read_pins(bench.store, bench.keys->sealing(), std::nullopt).size() == 3);
    remove_pin(bench.store, kFirst);
    CHECK_FALSE(bench.read(kFirst));
}

TEST_CASE("a pin holds to its last moment", "[repository][pins]") {
    CHECK(kForEver.holds(instant("2099-01-01T00:00:00Z")));
    CHECK(kForAWhile.holds(instant("2026-12-24T17:59:59Z")));
    CHECK_FALSE(kForAWhile.holds(instant("2026-12-24T18:00:00Z")));
    CHECK_FALSE(Pin{}.holds(instant("2026-01-01T00:00:00Z")));
}

TEST_CASE("a pin that was changed anywhere, or is another point's, keeps its point", "[repository][pins]") {
    PinBench bench;
    bench.put(kFirst, Pin{});
    const std::string name = pin_object(kFirst);
    const Bytes sound = bench.object(name);
    each_truncation(sound, [&](const Bytes& part) {
        bench.store.put(name, part);
        CHECK(bench.read(kFirst) == kForEver);
    });
    for (std::size_t at = 8; at < sound.size(); ++at) {   // In the magic a bit may make a newer version: that is refused.
        Bytes flipped = sound;
        flipped[at] ^= std::byte{4};
        bench.store.put(name, flipped);
        CHECK(bench.read(kFirst) == kForEver);
    }
    bench.store.put(pin_object(kSecond), sound);
    CHECK(bench.read(kSecond) == kForEver);
}

TEST_CASE("pins of points that are gone are swept, and no other", "[repository][pins]") {
    PinBench bench;
    bench.store.put(point_object(kFirst.database, kFirst.id), Bytes(100));
    bench.put(kFirst, kForEver);
    bench.put(kSecond, kForEver);
    bench.store.put("pins/readme", Bytes(10));
    remove_pins_of_nothing(bench.store);
    CHECK(bench.read(kFirst) == kForEver);
    CHECK_FALSE(bench.read(kSecond));
    CHECK(bench.store.look_at("pins/readme"));
}
