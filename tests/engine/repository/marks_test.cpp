#include "engine/repository/marks.hpp"

#include "tests/engine/repository/parts.hpp"
#include "tests/support/manual_clock.hpp"

using namespace holdfast;

namespace {

struct MarkBench : KeyedStore {
    ManualClock clock{"2026-03-01T00:00:00Z"};
    LeasePlace place() { return {.store = &store, .sealing = keys->sealing(), .clock = &clock}; }
};

const Instant kThen = instant("2026-02-01T12:00:00Z");

}  // namespace

TEST_CASE("marks say since when nothing needs a pack", "[repository][marks]") {
    MarkBench bench;
    CHECK(read_marks(bench.place()).empty());
    put_mark(bench.place(), pack_id(1), kThen);
    put_mark(bench.place(), pack_id(2), bench.clock.now());
    CHECK(read_marks(bench.place()) == std::map<PackId, Instant>{{pack_id(1), kThen}, {pack_id(2), bench.clock.now()}});
    remove_mark(bench.place(), pack_id(1));
    remove_mark(bench.place(), pack_id(1));
    CHECK(read_marks(bench.place()).size() == 1);
}

TEST_CASE("a mark that was changed anywhere counts as made just now", "[repository][marks]") {
    MarkBench bench;
    put_mark(bench.place(), pack_id(1), kThen);
    const std::string name = mark_object(pack_id(1));
    const Bytes sound = bench.object(name);
    each_truncation(sound, [&](const Bytes& part) {
        bench.store.put(name, part);
        CHECK(read_marks(bench.place()).at(pack_id(1)) == bench.clock.now());
    });
    for (std::size_t at = 8; at < sound.size(); ++at) {   // In the magic a bit may make a newer version: that is refused.
        Bytes flipped = sound;
        flipped[at] ^= std::byte{4};
        bench.store.put(name, flipped);
        const auto marks = read_marks(bench.place());
        // Reserved bytes are bound too.
        CHECK(marks.at(pack_id(1)) == bench.clock.now());
    }
}

TEST_CASE("the mark of one pack does not pass for that of another", "[repository][marks]") {
    MarkBench bench;
    put_mark(bench.place(), pack_id(1), kThen);
    bench.store.put(mark_object(pack_id(2)), bench.object(mark_object(pack_id(1))));
    const auto marks = read_marks(bench.place());
    CHECK(marks.at(pack_id(1)) == kThen);
    CHECK(marks.at(pack_id(2)) == bench.clock.now());
}

TEST_CASE("only packs under their own name are listed", "[repository][marks]") {
    MarkBench bench;
    bench.store.put(pack_object(pack_id(1)), Bytes(100));
    bench.store.put("packs/zz/" + pack_id(2).text(), Bytes(100));
    bench.store.put("packs/aa/readme", Bytes(100));
    bench.store.put("marks/readme", Bytes(100));
    CHECK(list_packs(bench.store) == std::map<PackId, std::uint64_t>{{pack_id(1), 100}});
    CHECK(read_marks(bench.place()).empty());
}
