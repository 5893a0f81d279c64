// A real server's log, archived file by file, and recovery to moments in it.
#include "engine/recovery/wal_log.hpp"

#include <catch2/catch.hpp>

#include "engine/base/text.hpp"
#include "engine/job/archive_wal.hpp"
#include "engine/job/wal_care.hpp"
#include "engine/recovery/find_target.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// A server whose complete segments are pushed when asked.
class ArchivedCluster : public ClusterFixture {
public:
    ArchivedCluster() : ClusterFixture({.settings = {"wal_keep_size=400MB"}}) {
        server->sql("create table orders (id int primary key, note text)");
    }

    // One row in a transaction of its own; returns when it was committed, by the server.
    std::string add(int id) { return one_line("begin; insert into orders values (" + std::to_string(id) + ", repeat('x', 100)); select pg_current_xact_id(); commit"); }
    std::string one_line(const std::string& sql) {
        for (const std::string& line : split(server->sql(sql), '\n')) {
            if (!line.empty() && line.find_first_not_of("0123456789") == std::string::npos) return line;
        }
        return {};
    }
    // Everything written so far lies in complete segments behind this; they are put into the repository, as archive_command would.
    std::vector<WalPushed> archive() {
        const std::string current = trimmed(server->sql("select pg_walfile_name(pg_switch_wal())"));
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(server->data_folder() / "pg_wal")) {
            const std::string name = entry.path().filename().string();
            const auto parsed = parse_wal_file_name(name);
            if (parsed && (parsed->kind == WalFileKind::TimelineHistory || name <= current) && !pushed_.contains(name)) names.push_back(name);
        }
        std::ranges::sort(names);
        std::vector<WalPushed> pushed;
        for (const std::string& name : names) {
            pushed.push_back(push_wal(installation(), spec().name, server->data_folder() / "pg_wal" / name));
            pushed_.insert(name);
        }
        return pushed;
    }
    static std::string trimmed(std::string text) {
        while (!text.empty() && text.back() == '\n') text.pop_back();
        return text;
    }
    Instant server_time() {
        return parse_rfc3339(trimmed(server->sql("select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"))).value();
    }
    std::string ids_at(const RecoveryTarget& target, const std::string& name) {
        const fs::path to = folder / name;
        restore_point(installation(), {.point = target.point, .to = to.string(), .delta = false, .store = {}, .log = target.log, .over_live = false}, progress, {});
        return trimmed(ask_restored(to, "select string_agg(id::text, ',' order by id) from orders"));
    }
    WalAsked asked() const { return {.before = {}, .before_record = {}, .until = {}, .xid = {}, .name = {}}; }

    std::set<std::string> pushed_;
};

}  // namespace

TEST_CASE_METHOD(ArchivedCluster, "a cluster comes back as it was right before a moment, with a transaction, and at a name", "[postgres][wal][recovery]") {
    add(1);
    back_up();
    add(2);
    server->sql("select pg_create_restore_point('before the migration')");
    const std::string third = add(3);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const Instant moment = server_time();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    add(4);
    archive();
    const RecoveryTarget by_moment = find_target(installation(), spec().name, Before{.at = moment, .transaction = {}});
    CHECK(ids_at(by_moment, "moment") == "1,2,3");
    const auto next = providers.of(EngineKind::Postgres).what_next({spec().name, EngineKind::Postgres, (folder / "moment").string(), true});
    CHECK(next.back().find("pg_wal_replay_resume()") != std::string::npos);
    CHECK(std::ranges::any_of(next, [&](const std::string& sentence) { return sentence.find("pg_ctl -D '" + (folder / "moment").string() + "' -l '") != std::string::npos; }));
    WalAsked by_xid = asked();
    by_xid.xid = static_cast<std::uint32_t>(std::stoul(third));
    CHECK(find_wal_target(installation(), spec().name, by_xid).log == by_moment.log);
    WalAsked by_name = asked();
    by_name.name = "before the migration";
    const RecoveryTarget named = find_wal_target(installation(), spec().name, by_name);
    REQUIRE(named.log);
    CHECK(named.log->transaction < by_moment.log->transaction);
    CHECK(find_target(installation(), spec().name, {}).log->transaction > by_moment.log->transaction);
    // What a person copies from `runbook log` names the same place.
    const auto read = read_transaction(installation(), spec().name, to_text(*named.log));
    REQUIRE(read);
    CHECK(read->transaction == named.log);
}

TEST_CASE_METHOD(ArchivedCluster, "what is not in the log is refused with what can be replayed", "[postgres][wal][recovery]") {
    back_up();
    add(1);
    archive();
    WalAsked asked_xid = asked();
    asked_xid.xid = 4'000'000'000;
    const Error error = thrown_by([&] { find_wal_target(installation(), spec().name, asked_xid); });
    CHECK(error.code == ErrorCode::CannotRecover);
    CHECK(error.message == "transaction 4000000000 is not in the log that can be replayed");
    CHECK(error.hint.starts_with("What can be replayed: 0/"));
    WalAsked far = asked();
    far.until = Lsn{0xff'00000000};
    CHECK(thrown_by([&] { find_wal_target(installation(), spec().name, far); }).code == ErrorCode::CannotRecover);
}

TEST_CASE_METHOD(ArchivedCluster, "pushing is idempotent, and a segment of the same name with other bytes is refused", "[postgres][wal]") {
    back_up();
    add(1);
    const auto pushed = archive();
    REQUIRE_FALSE(pushed.empty());
    const fs::path segment = server->data_folder() / "pg_wal" / pushed.back().name;
    CHECK(push_wal(installation(), spec().name, segment).was_there);
    const fs::path other = folder / pushed.back().name;
    Bytes bytes = read_file(segment, 1u << 20);
    bytes[bytes.size() / 2] ^= std::byte{1};
    write_file_durably(other, bytes);
    CHECK(code_thrown_by([&] { push_wal(installation(), spec().name, other); }) == ErrorCode::AlreadyExists);
    bytes.resize(1000);
    write_file_durably(other, bytes);
    CHECK(code_thrown_by([&] { push_wal(installation(), spec().name, other); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([&] { push_wal(installation(), spec().name, folder / "postgresql.conf"); }) == ErrorCode::Usage);
}

TEST_CASE_METHOD(ArchivedCluster, "fetching gives the very bytes, and says where there are none", "[postgres][wal]") {
    back_up();
    add(1);
    const auto pushed = archive();
    const fs::path to = folder / "fetched";
    REQUIRE(fetch_wal(installation(), spec().name, pushed.back().name, to));
    CHECK(read_file(to, 1u << 20) == read_file(server->data_folder() / "pg_wal" / pushed.back().name, 1u << 20));
    CHECK_FALSE(fetch_wal(installation(), spec().name, "0000000100000000000000FE", to));
    CHECK_FALSE(fetch_wal(installation(), spec().name, "00000007.history", to));
    CHECK_FALSE(fetch_wal(installation(), spec().name, "nonsense", to));
}

TEST_CASE_METHOD(ArchivedCluster, "the catalog knows which moments the log reaches, and forgets none when it is rebuilt", "[postgres][wal]") {
    const BackupDone done = back_up();
    add(1);
    add(2);
    archive();
    const auto windows = catalog->windows(spec().name);
    REQUIRE(windows.size() == 1);
    CHECK(windows[0].base == done.point.id);
    CHECK(windows[0].transactions >= 2);
    CHECK(windows[0].until > done.point.instant);
    CHECK(branch_of(windows[0].stream));
}

TEST_CASE_METHOD(ArchivedCluster, "what is archived is counted on from where the count had come, and rightly", "[postgres][wal]") {
    back_up();
    const StoreName store("local");
    const auto counted = [&] { return catalog->windows(spec().name).at(0); };
    for (int i = 1; i < 4; ++i) {
        add(i);
        archive();
    }
    const LogWindow bit_by_bit = counted();
    catalog->replace_windows_of(store, spec().name, {});
    record_wal(installation(), spec(), store);
    CHECK(counted() == bit_by_bit);
    LogWindow marked = bit_by_bit;
    marked.transactions += 1'000;
    catalog->put_window(marked);
    add(4);
    archive();
    CHECK(counted().transactions > marked.transactions);
    CHECK(counted().counted_to > marked.counted_to);
    // Another base: its transactions are others.
    marked.base = PointId();
    catalog->put_window(marked);
    record_wal(installation(), spec(), store);
    CHECK(counted().transactions < 1'000);
    CHECK(counted().base == bit_by_bit.base);
}

TEST_CASE_METHOD(ArchivedCluster, "only what no promise and no point needs is removed from the log", "[postgres][wal]") {
    add(1);
    back_up(BackupKind::Full);
    for (int i = 2; i < 5; ++i) {
        add(i);
        archive();
    }
    const auto archive_of = [&] { return wal_of(repositories->of(StoreName("local")), spec().name)->pieces(); };
    const std::size_t before = archive_of().size();
    // The store's files carry the real time; from far ahead all of it is old.
    clock.advance(std::chrono::hours(24 * 30));
    expire_wal(installation(), spec(), {});
    const auto newest = [&] { return find_target(installation(), spec().name, {}); };
    CHECK(newest().log);
    back_up(BackupKind::Full);
    add(5);
    archive();
    clock.advance(std::chrono::hours(24 * 30));
    expire_wal(installation(), spec(), {});
    CHECK(archive_of().size() < before);
    CHECK(ids_at(newest(), "newest") == "1,2,3,4,5");
}
