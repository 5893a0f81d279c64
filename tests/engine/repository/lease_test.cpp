#include "engine/repository/lease.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include "engine/repository/tagged.hpp"
#include "tests/engine/repository/parts.hpp"
#include "tests/support/manual_clock.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct LeaseBench {
    ManualClock clock{"2026-03-01T00:00:00Z"};
    MemoryStore store{clock};
    std::unique_ptr<Keyring> keys = Keyring::create(store, settings_with(), master(), clock.now());
    LeasePlace place() { return {.store = &store, .sealing = keys->sealing(), .clock = &clock}; }
    std::vector<LeaseFacts> live() { return live_leases(place()); }
};

// A lease as another process on this or another machine would have written it.
void put_foreign_lease(LeaseBench& bench, const std::string& machine, std::uint64_t process) {
    const std::string name = "locks/01jznk8w3xq5m9c2v7b4h6t0ra";
    TagWriter fields;
    fields.number(2, 1);
    fields.instant(4, bench.clock.now());
    fields.instant(6, bench.clock.now() + 30min);
    fields.text(1, machine);
    fields.number(3, process);
    bench.store.put(name, seal_object(bench.keys->sealing(), kLeaseMagic, name, fields.take()));
}

std::uint64_t process_that_has_ended() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return static_cast<std::uint64_t>(child);
}

}  // namespace

TEST_CASE("a lease is live while it is held and gone afterwards", "[repository][lease]") {
    LeaseBench bench;
    {
        Lease writer(bench.place(), LeaseKind::Writer, "backup of shop");
        Lease collector(bench.place(), LeaseKind::Collector, "collection");
        writer.require_valid();
        const auto live = bench.live();
        REQUIRE(live.size() == 2);
        const LeaseFacts& facts = live[0].object == writer.object() ? live[0] : live[1];
        CHECK(facts.kind == LeaseKind::Writer);
        CHECK(facts.purpose == "backup of shop");
        CHECK(facts.started == bench.clock.now());
        CHECK(facts.expires > bench.clock.now());
        CHECK(facts.process == static_cast<std::uint64_t>(::getpid()));
    }
    CHECK(bench.live().empty());
}

TEST_CASE("a lease that ran out is not live and not valid", "[repository][lease]") {
    LeaseBench bench;
    Lease lease(bench.place(), LeaseKind::Writer, "backup");
    bench.clock.advance(29min);
    CHECK(bench.live().size() == 1);
    lease.require_valid();
    bench.clock.advance(1min);
    std::vector<std::string> dead;
    CHECK(live_leases(bench.place(), &dead).empty());
    CHECK(dead == std::vector{lease.object()});
    CHECK(code_thrown_by([&] { lease.require_valid(); }) == ErrorCode::Changed);
}

TEST_CASE("a lease that somebody took away is not valid", "[repository][lease]") {
    LeaseBench bench;
    Lease lease(bench.place(), LeaseKind::Writer, "backup");
    bench.store.remove(lease.object());
    CHECK(code_thrown_by([&] { lease.require_valid(); }) == ErrorCode::Changed);
}

TEST_CASE("a process that has died on this machine holds nothing", "[repository][lease]") {
    LeaseBench bench;
    std::string machine;
    {
        Lease own(bench.place(), LeaseKind::Writer, "backup");
        machine = bench.live().at(0).machine;
    }
    REQUIRE_FALSE(machine.empty());
    put_foreign_lease(bench, machine, process_that_has_ended());
    CHECK(bench.live().empty());
    put_foreign_lease(bench, machine, static_cast<std::uint64_t>(::getppid()));
    CHECK(bench.live().size() == 1);
}

TEST_CASE("a process of another machine counts as alive until its lease runs out", "[repository][lease]") {
    LeaseBench bench;
    for (const char* machine : {"", "another boot pid:[1]"}) {
        put_foreign_lease(bench, machine, process_that_has_ended());
        CHECK(bench.live().size() == 1);
    }
    bench.clock.advance(31min);
    CHECK(bench.live().empty());
}

TEST_CASE("a lease that is damaged counts for a day", "[repository][lease]") {
    LeaseBench bench;
    Lease lease(bench.place(), LeaseKind::Writer, "backup");
    Bytes bytes = bench.store.get(lease.object(), 4096);
    bytes.back() ^= std::byte{1};
    bench.store.put(lease.object(), bytes);
    bench.clock.advance(23h);
    REQUIRE(bench.live().size() == 1);
    CHECK(bench.live()[0].object == lease.object());
    bench.clock.advance(2h);
    CHECK(bench.live().empty());
}

TEST_CASE("a lease cut or changed anywhere stays in the way and never crashes the one who looks", "[repository][lease]") {
    LeaseBench bench;
    Lease lease(bench.place(), LeaseKind::Collector, "collection");
    const Bytes sound = bench.store.get(lease.object(), 4096);
    each_truncation(sound, [&](const Bytes& part) {
        bench.store.put(lease.object(), part);
        CHECK(bench.live().size() == 1);
    });
    for (std::size_t at = 8; at < sound.size(); ++at) {
        Bytes flipped = sound;
        flipped[at] ^= std::byte{1};
        bench.store.put(lease.object(), flipped);
        CHECK(bench.live().size() == 1);
    }
    bench.store.put(lease.object(), sound);
}

TEST_CASE("a lease of a newer version is not guessed at", "[repository][lease]") {
    LeaseBench bench;
    const std::string name = "locks/01jznk8w3xq5m9c2v7b4h6t0ra";
    TagWriter fields;
    fields.number(1000, 1);
    bench.store.put(name, seal_object(bench.keys->sealing(), kLeaseMagic, name, fields.take()));
    CHECK(code_thrown_by([&] { bench.live(); }) == ErrorCode::Unavailable);
}
