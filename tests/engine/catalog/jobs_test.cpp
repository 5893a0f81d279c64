#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/catalog_values.hpp"
#include "tests/support/open_catalog.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Fixture : OpenCatalog {
    Job job = job_of("orders", "2026-11-20T12:00:00Z");

    JobRecord latest() const { return catalog->jobs({}).at(0); }
};

}  // namespace

TEST_CASE("a slot that is claimed is not given to anybody else", "[catalog][jobs]") {
    Fixture f;
    const auto claim = f.catalog->claim(f.job, "a:1", 60s);
    REQUIRE(claim);
    CHECK(claim->attempt == 1);
    CHECK_FALSE(f.catalog->claim(f.job, "b:1", 60s));
    CHECK(f.latest().state == JobState::Running);
    CHECK(f.latest().runner == "a:1");
    CHECK(f.latest().slot == f.job.slot);
}

TEST_CASE("a slot that is done is never run again", "[catalog][jobs]") {
    Fixture f;
    const auto claim = f.catalog->claim(f.job, "a:1", 60s);
    RecoveryPoint point = point_of("01a", "2026-11-20T12:00:01Z");
    point.kind = BackupKind::Incremental;
    CHECK(f.catalog->finish_done(claim->job, "a:1", point));
    f.clock.advance(24h * 365);
    CHECK_FALSE(f.catalog->claim(f.job, "b:1", 60s, true));
    CHECK(f.latest().state == JobState::Done);
    CHECK(f.latest().point == point.id);
    CHECK(f.latest().run_as == BackupKind::Incremental);
    CHECK(f.latest().stored_bytes == 90'000);
}

TEST_CASE("other kinds and other databases have slots of their own", "[catalog][jobs]") {
    Fixture f;
    CHECK(f.catalog->claim(f.job, "a:1", 60s));
    CHECK(f.catalog->claim(job_of("orders", "2026-11-20T12:00:00Z", BackupKind::Incremental), "a:1", 60s));
    CHECK(f.catalog->claim(job_of("items", "2026-11-20T12:00:00Z"), "a:1", 60s));
}

TEST_CASE("a failed run is taken again as the next attempt", "[catalog][jobs]") {
    Fixture f;
    const auto first = f.catalog->claim(f.job, "a:1", 60s);
    CHECK(f.catalog->finish_failed(first->job, "a:1", "unavailable: no such store"));
    const auto second = f.catalog->claim(f.job, "b:1", 60s);
    REQUIRE(second);
    CHECK(second->attempt == 2);
    const auto jobs = f.catalog->jobs({});
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[1].error == "unavailable: no such store");
}

TEST_CASE("a run whose lease has ended is taken over and told so", "[catalog][jobs]") {
    Fixture f;
    const auto first = f.catalog->claim(f.job, "a:1", 60s);
    f.clock.advance(59s);
    CHECK_FALSE(f.catalog->claim(f.job, "b:1", 60s));
    f.clock.advance(1s);
    const auto second = f.catalog->claim(f.job, "b:1", 60s);
    REQUIRE(second);
    CHECK(second->attempt == 2);
    CHECK_FALSE(f.catalog->renew(first->job, "a:1", 60s));
    CHECK_FALSE(f.catalog->finish_done(first->job, "a:1", point_of("01a", "2026-11-20T12:00:01Z")));
    CHECK(f.latest().state == JobState::Running);
    CHECK(f.catalog->jobs({}).at(1).error == "cancelled: a:1 went away before it had finished");
}

TEST_CASE("a lease that is renewed goes on", "[catalog][jobs]") {
    Fixture f;
    const auto claim = f.catalog->claim(f.job, "a:1", 60s);
    f.clock.advance(50s);
    CHECK(f.catalog->renew(claim->job, "a:1", 60s));
    f.clock.advance(50s);
    CHECK_FALSE(f.catalog->claim(f.job, "b:1", 60s));
}

TEST_CASE("whoever holds the database's lock need not wait for the lease of a dead run", "[catalog][jobs]") {
    Fixture f;
    CHECK(f.catalog->claim(f.job, "a:1", 60s));
    const auto taken = f.catalog->claim(f.job, "b:1", 60s, true);
    REQUIRE(taken);
    CHECK(taken->attempt == 2);
}

TEST_CASE("a missed slot is recorded once and never run", "[catalog][jobs]") {
    Fixture f;
    const MissedSlot missed{.slot = f.job.slot, .why = "the machine was off"};
    f.catalog->record_missed({missed});
    f.catalog->record_missed({missed});
    CHECK_FALSE(f.catalog->claim(f.job, "a:1", 60s));
    REQUIRE(f.catalog->jobs({}).size() == 1);
    CHECK(f.latest().state == JobState::Missed);
    CHECK(f.latest().error == "the machine was off");
}

TEST_CASE("a slot that was run is not recorded as missed", "[catalog][jobs]") {
    Fixture f;
    CHECK(f.catalog->claim(f.job, "a:1", 60s));
    f.catalog->record_missed({{.slot = f.job.slot, .why = "too late"}});
    CHECK(f.latest().state == JobState::Running);
}

TEST_CASE("jobs are listed by database, state and time", "[catalog][jobs]") {
    Fixture f;
    for (const char* at : {"2026-11-18T02:00:00Z", "2026-11-19T02:00:00Z", "2026-11-20T02:00:00Z"}) {
        const auto claim = f.catalog->claim(job_of("orders", at), "a:1", 60s);
        CHECK(f.catalog->finish_failed(claim->job, "a:1", "io: x"));
    }
    CHECK(f.catalog->claim(job_of("items", "2026-11-19T02:00:00Z"), "a:1", 60s));
    CHECK(f.catalog->jobs({.database = DatabaseName("orders"), .state = {}, .since = {}}).size() == 3);
    CHECK(f.catalog->jobs({.database = {}, .state = JobState::Running, .since = {}}).size() == 1);
    CHECK(f.catalog->jobs({.database = {}, .state = {}, .since = instant_of("2026-11-19T02:00:00Z")}).size() == 3);
    CHECK(f.catalog->jobs({.database = {}, .state = {}, .since = {}, .limit = 1}).at(0).slot.at == instant_of("2026-11-20T02:00:00Z"));
}

TEST_CASE("of many threads one gets the slot", "[catalog][jobs]") {
    Fixture f;
    std::atomic<int> winners{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&f, &winners, i] {
                const auto own = Catalog::open(f.folder / "catalog.db", f.clock);
                if (own->claim(f.job, "thread:" + std::to_string(i), 60s)) ++winners;
            });
        }
    }
    CHECK(winners == 1);
}

TEST_CASE("of many processes one gets each slot", "[catalog][jobs]") {
    constexpr int kProcesses = 4;
    constexpr int kSlots = 20;
    Fixture f;
    f.catalog.reset();
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const auto own = Catalog::open(f.folder / "catalog.db", f.clock);
            int won = 0;
            for (int slot = 0; slot < kSlots; ++slot) {
                Job job = f.job;
                job.slot.at += std::chrono::hours(slot);
                if (own->claim(job, "process:" + std::to_string(i), 60s)) ++won;
            }
            ::_exit(won);
        }
        children.push_back(child);
    }
    int won = 0;
    for (const pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(WIFEXITED(status));
        won += WEXITSTATUS(status);
    }
    CHECK(won == kSlots);
}
