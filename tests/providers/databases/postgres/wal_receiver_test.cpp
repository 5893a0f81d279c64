// A real server's log, received over a slot.
#include "providers/databases/postgres/wal_receiver.hpp"

#include <catch2/catch.hpp>

#include "engine/base/text.hpp"
#include "engine/job/receive_wal.hpp"
#include "engine/job/wal_care.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/timeline.hpp"
#include "engine/recovery/wal_log.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

std::string trimmed(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

class ReceivedCluster : public ClusterFixture {
public:
    ReceivedCluster() : ClusterFixture() { server->sql("create table orders (id int primary key, note text)"); }

    void add(int id) { server->sql("insert into orders values (" + std::to_string(id) + ", repeat('x', 100))"); }
    LogDone take() {
        const Installation here = installation();
        const DatabaseLock lock = DatabaseLock::take(here, spec().name, "a test");
        return take_wal(here, spec(), lock, progress, {});
    }
    std::string newest(const std::string& name) {
        const RecoveryTarget target = find_target(installation(), spec().name, {});
        const fs::path to = folder / name;
        restore_point(installation(), {.point = target.point, .to = to.string(), .delta = false, .store = {}, .log = target.log, .over_live = false}, progress, {});
        return trimmed(ask_restored(to, "select string_agg(id::text, ',' order by id) from orders"));
    }
    std::string slot() const { return wal_slot_name(DatabaseName("orders")); }
    Lsn confirmed() { return parse_lsn(trimmed(server->sql("select restart_lsn from pg_replication_slots where slot_name = '" + slot() + "'"))).value_or(Lsn{}); }
    Lsn durable() { return wal_of(repositories->of(StoreName("local")), spec().name)->runs().back().end; }
};

}  // namespace

TEST_CASE_METHOD(ReceivedCluster, "log backups begin with a point, go on where the last one ended, and give every commit back", "[postgres][wal]") {
    add(1);
    const LogDone first = take();
    CHECK(first.notes.size() == 1);   // A point was taken.
    add(2);
    add(3);
    const LogDone second = take();
    CHECK(second.notes.empty());
    CHECK(second.transactions >= 2);
    CHECK(catalog->points(spec().name).size() == 1);
    CHECK(confirmed() <= durable());
    CHECK(newest("newest") == "1,2,3");
}

TEST_CASE_METHOD(ReceivedCluster, "a follower has a commit in the store soon after it, also after the server was restarted", "[postgres][wal]") {
    std::atomic<bool> started{false};
    std::stop_source stop;
    FollowOptions options;
    options.on_started = [&] { started = true; };
    options.wait_first = Duration(50);
    FollowOutcome outcome;
    std::optional<Error> failure;
    std::thread follower([&] {
        try {
            outcome = follow_wal(installation(), spec(), options, stop.get_token());
        } catch (const Error& error) {
            failure = error;
        }
        started = true;
    });
    while (!started) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto wait_for_store = [&] {
        const Lsn written = parse_lsn(trimmed(server->sql("select pg_current_wal_flush_lsn()"))).value();
        for (int i = 0; i < 1000 && durable() < written; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        CHECK(durable() >= written);
    };
    add(1);
    wait_for_store();
    server->stop(PostgresServer::Stop::Immediate);
    server->start();
    add(2);
    wait_for_store();
    stop.request_stop();
    follower.join();
    if (failure) FAIL(failure->message);
    CHECK(outcome.gaps == 0);
    std::size_t commits = 0;
    const auto log = WalLog::find(installation(), spec().name, StoreName("local"));
    REQUIRE(log);
    log->visit(log->starts().back().stop, log->reach(log->starts().back()), [&](const WalTransaction&) { return ++commits > 0; });
    CHECK(commits >= 2);
}

TEST_CASE_METHOD(ReceivedCluster, "a slot that the server gave up is named, and a new point begins behind the gap", "[postgres][wal]") {
    add(1);
    take();
    // As an operator may, or a server that keeps no more than max_slot_wal_keep_size.
    drop_wal_slot(connection_words(spec().connection), spec().name);
    for (int i = 0; i < 4; ++i) server->sql("insert into orders select g, repeat('y', 800) from generate_series(" + std::to_string(1000 * (i + 1)) + ", " + std::to_string(1000 * (i + 1) + 500) + ") g; select pg_switch_wal()");
    server->sql("checkpoint; select pg_switch_wal(); checkpoint");
    add(2);
    clock.advance(std::chrono::hours(1));
    const LogDone done = take();
    REQUIRE_FALSE(done.notes.empty());
    CHECK(done.notes.front().find("was not kept for us") != std::string::npos);
    CHECK(catalog->points(spec().name).size() == 2);
    CHECK(newest("behind").starts_with("1,2,1000"));
    // Both parts of the log are there, with what lies between them.
    const auto windows = catalog->windows(spec().name);
    REQUIRE(windows.size() == 2);
    CHECK(windows[0].ended.find("is missing") != std::string::npos);
    CHECK(windows[0].until < windows[1].from);
    CHECK(windows[1].ended.empty());
    const Timeline timeline = timeline_of(spec().name, catalog->points(spec().name), windows, {}, clock.now());
    REQUIRE(timeline.spans.size() == 3);
    CHECK(timeline.spans[1].kind == SpanKind::Hole);
    CHECK(timeline.spans[1].cause == windows[0].ended);
    take();
    CHECK(catalog->windows(spec().name).size() == 2);
    // What is promised no more is forgotten, and its base needs to stay no longer.
    clock.advance(std::chrono::hours(24 * 365));
    const DatabaseLock lock = DatabaseLock::take(installation(), spec().name, "a test");
    expire_wal(installation(), spec(), {});
    CHECK(catalog->windows(spec().name).size() == 1);
}

TEST_CASE_METHOD(ReceivedCluster, "what the server keeps for the receiver is known, grows while nobody receives, and is let go on demand", "[postgres][wal]") {
    const ConnectionWords words = connection_words(spec().connection);
    CHECK(kept_wal_of(words, spec().name).empty());
    take();
    const auto kept = [&] { return kept_wal_of(words, spec().name).at(0); };
    const KeptWal before = kept();
    CHECK(before.name == slot());
    CHECK(before.is_own);
    CHECK_FALSE(before.in_use);
    CHECK_FALSE(before.lost);
    CHECK_FALSE(before.bytes_most);
    server->sql("insert into orders select g, repeat('y', 800) from generate_series(1, 2000) g");
    CHECK(kept().bytes > before.bytes + 1'000'000);
    server->restart({"max_slot_wal_keep_size=7GB"});
    CHECK(kept().bytes_most == 7ull << 30);
    CHECK_FALSE(kept_wal_of(words, DatabaseName("items")).at(0).is_own);
    drop_wal_slot(words, spec().name);
    CHECK(kept_wal_of(words, spec().name).empty());
}

TEST_CASE("a slot's name holds what the server allows, and nothing else", "[postgres][wal]") {
    CHECK(wal_slot_name(DatabaseName("orders.eu-1")) == "holdfast_orders_eu_1");
    CHECK(wal_slot_name(DatabaseName(std::string(100, 'a'))).size() == 63);
}
