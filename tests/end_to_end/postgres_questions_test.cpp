// A cluster is asked as it was, without anybody restoring it: single moments, the last good one, and what each transaction did.
#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "engine/base/detached.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/operations/changed_relations.hpp"
#include "engine/recovery/ask_statement.hpp"
#include "engine/recovery/asking_room.hpp"
#include "engine/recovery/extract.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/last_good.hpp"
#include "engine/recovery/last_good_wal.hpp"
#include "engine/recovery/open_state.hpp"
#include "engine/recovery/restored_state.hpp"
#include "engine/recovery/wal_walk.hpp"
#include "providers/databases/postgres/cursor_portions.hpp"
#include "providers/databases/postgres/instance_settings.hpp"
#include "providers/databases/postgres/relation_catalog.hpp"
#include "providers/databases/postgres/sql_reader.hpp"
#include "providers/databases/postgres/stepping_server.hpp"
#include "providers/databases/postgres/table_script.hpp"
#include "providers/databases/postgres/transaction_changes.hpp"
#include "tests/support/archived_cluster.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

class AskedCluster : public ArchivedCluster {
public:
    Installation place = installation();

    explicit AskedCluster(int major = 15) : ArchivedCluster({.major = major, .settings = {"wal_keep_size=400MB"}}) {
        server->sql("create table orders (id int primary key, note text, paid boolean not null default true); create table notes (id int, text text)");
        server->sql("insert into orders select i, 'order ' || i from generate_series(1, 100) i");
    }

    LastGood find(const std::string& sql) { return find_last_good(place, {.database = spec().name, .sql = sql, .since = {}, .until = {}}, [](const StateAnswer&) {}, progress, {}); }
    std::string ask(const std::string& before, const std::string& sql) {
        const auto state = open_state(place, find_target(place, spec().name, Before{.at = parse_rfc3339(before).value(), .transaction = {}}), progress, {});
        const auto rows = state->sql().query(sql, std::nullopt);
        std::string text;
        while (const SqlRow* row = rows->next()) {
            for (const SqlValue& value : *row) text += (text.empty() ? "" : " ") + for_people(value);
        }
        return text;
    }
    // What would be there if one restored to what was found.
    std::string count_before(const LastGood& found) {
        const Before before = found.before ? Before{.at = *found.before, .transaction = {}} : Before{.at = {}, .transaction = found.before_transaction};
        const auto state = open_state(place, find_target(place, spec().name, before), progress, {});
        return for_people(state->sql().query("select count(*) from orders", std::nullopt)->next()->front());
    }
    std::map<std::string, std::vector<std::string>> log_by_xid() {
        const WalLog log = wal_logs(place, spec().name).front();
        LogListing listing;
        log.visit(log.starts().back().stop, log.reach(log.starts().back()), [&](const WalTransaction& each) {
            listing.transactions.push_back({LogPosition{log.stream(), each.at.bytes}, {}, {std::to_string(each.xid)}});
            return true;
        });
        name_changed_relations(place, spec(), log, listing, {});
        CHECK(listing.note == "");
        std::map<std::string, std::vector<std::string>> found;
        for (const ListedTransaction& one : listing.transactions) found[one.touched.front()] = {one.touched.begin() + 1, one.touched.end()};
        return found;
    }
};

}  // namespace

TEST_CASE_METHOD(AskedCluster, "the last good commit of a cluster is found to the commit, by walking one copy forward", "[end_to_end][postgres]") {
    back_up();
    for (int i = 101; i <= 140; ++i) server->sql(fmt::format("insert into orders values ({}, 'later')", i));
    server->sql("delete from orders where id = 17");   // The one that is looked for.
    for (int i = 141; i <= 160; ++i) server->sql(fmt::format("insert into orders values ({}, 'later')", i));
    archive();
    const LastGood found = find("select count(*) from orders where id = 17");
    CHECK(found.outcome == LastGoodOutcome::Found);
    REQUIRE(found.last_good);
    REQUIRE(found.first_bad);
    CHECK(count_before(found) == "140");
    CHECK(find("select count(*) = 160 from orders where id <> 17").outcome == LastGoodOutcome::NowhereGood);   // 159 at the end.
    CHECK(find("select true").outcome == LastGoodOutcome::StillGood);
    CHECK(find("select count(*) = 0 from not_there").outcome == LastGoodOutcome::NowhereGood);
    CHECK(find("select 1 / (count(*) - 140) from orders where id <> 17").outcome != LastGoodOutcome::StillGood);   // It fails on the rows of one state.
    CHECK(thrown_by([&] { find("select count(* from orders"); }).code == ErrorCode::Usage);
    CHECK(copies().empty());
}

TEST_CASE_METHOD(AskedCluster, "among hundreds of commits two copies are walked, and a state that came and went is found", "[end_to_end][postgres]") {
    back_up();
    server->sql("create procedure insert_many(first int, last int) language plpgsql as $$ begin for i in first..last loop insert into orders values (i, 'one'); commit; end loop; end $$");
    server->sql("call insert_many(1001, 1150)");
    server->sql("update orders set paid = false where id = 3");
    server->sql("call insert_many(1151, 1300)");
    archive();
    const LastGood found = find("select paid from orders where id = 3");
    CHECK(found.outcome == LastGoodOutcome::Found);
    CHECK(count_before(found) == "250");
    CHECK(found.states > 300);
    CHECK(found.answers.size() < 60);
    const LastGood passing = find("select count(*) between 150 and 200 from orders");
    CHECK(passing.outcome == LastGoodOutcome::Found);
    CHECK(count_before(passing) == "200");
}

TEST_CASE_METHOD(AskedCluster, "a cluster is asked in SQL as it was, and only asked", "[end_to_end][postgres]") {
    back_up();
    const std::string before = moment();
    server->sql("delete from orders; drop table notes");
    archive();
    CHECK(ask(before, "select count(*), min(id), bool_and(paid), 1.50::numeric, '\\x00ff'::bytea, null from orders") == "100 1 1 '1.50' x'00ff' NULL");
    CHECK(ask(moment(), "select count(*) from orders") == "0");
    CHECK(thrown_by([&] { ask(moment(), "select * from notes"); }).code == ErrorCode::Missing);
    CHECK(thrown_by([&] { ask(before, "delete from orders"); }).code == ErrorCode::Usage);
    CHECK(thrown_by([&] { ask(before, "select 1; drop table orders"); }).code == ErrorCode::Usage);
    CHECK(thrown_by([&] { ask(before, "with gone as (delete from orders returning id) select * from gone"); }).code == ErrorCode::NotPermitted);
    CHECK(copies().empty());
}

TEST_CASE_METHOD(AskedCluster, "the log of a cluster says what each commit did, by name also where a table is gone", "[end_to_end][postgres]") {
    server->sql("create index on orders (note); insert into notes select i, repeat('long ', 2000) from generate_series(1, 30) i; create table brief (id int)");
    back_up();
    const auto xid_of = [&](const std::string& sql) {
        return server->sql("begin; " + sql + "; select pg_current_xact_id(); commit");
    };
    const std::string many = xid_of("insert into orders select i, 'more' from generate_series(101, 130) i; update orders set note = 'x' where id <= 7; delete from orders where id in (50, 51)");
    const std::string nested = xid_of("savepoint a; insert into notes values (1, 'one'); savepoint b; insert into notes values (2, 'two'); release b; rollback to a; insert into notes values (3, 'three')");
    const std::string copied = xid_of("copy brief from program 'seq 1 500'");
    const std::string truncated = xid_of("truncate brief");
    const std::string dropped = xid_of("drop table notes");
    const std::string made = xid_of("create table fresh (id int); insert into fresh values (1), (2)");
    archive();
    const auto log = log_by_xid();
    CHECK(log.at(many) == std::vector<std::string>{"orders: 30 inserted, 7 updated, 2 deleted"});
    CHECK(log.at(nested) == std::vector<std::string>{"notes: 1 inserted"});
    CHECK(log.at(copied) == std::vector<std::string>{"brief: 500 inserted"});
    CHECK(log.at(truncated) == std::vector<std::string>{"brief truncated or rewritten"});
    CHECK(log.at(dropped) == std::vector<std::string>{"notes dropped"});
    CHECK(log.at(made) == std::vector<std::string>{"fresh made", "fresh: 2 inserted"});
    server->stop();
    CHECK(wal_engine_of(providers.of(EngineKind::Postgres)).relation_names(open_state(place, find_target(place, spec().name, {}), progress, {})->files()).size() > 100);
}

TEST_CASE_METHOD(AskedCluster, "rows of an earlier moment become a file that psql loads", "[end_to_end][postgres]") {
    server->sql("create schema \"Odd\"; create table \"Odd\".\"a \"\"b\" (id serial primary key, order_id int references orders, text text, twice int generated always as (id * 2) stored);"
                "create table parted (k int, v text) partition by range (k); create table parted_1 partition of parted for values from (0) to (100); create table parted_2 partition of parted for values from (100) to (200);"
                "insert into parted select i, 'v' || i from generate_series(0, 199) i;"
                "insert into \"Odd\".\"a \"\"b\" (order_id, text) select i, E'tab\\there \\\\ and \\n line ' || i || case when i = 3 then E'\\\\.' else '' end from generate_series(1, 50) i; create index on orders (note)");
    const std::string shape = "select (select md5(string_agg(o::text, '|' order by id)) from orders o), (select md5(string_agg(a::text, '|' order by id)) from \"Odd\".\"a \"\"b\" a), (select count(*) from parted_2)";
    back_up();
    const std::string whole = server->sql(shape), before = moment();
    server->sql("drop table \"Odd\".\"a \"\"b\"; delete from orders; truncate parted");
    archive();
    const RecoveryTarget target = find_target(place, spec().name, Before{.at = parse_rfc3339(before).value(), .transaction = {}});
    const AskingRoom room(place, EngineKind::Postgres);
    const RestoreResult restored = restore_point(place, {.point = target.point, .to = (room.folder() / "copy").string(), .store = {}, .log = target.log}, progress, {});
    Place copy = restored.copy;
    copy.is_copy = true;
    const WorkContext work{.clock = place.clock, .progress = progress, .cancel = {}};
    providers.of(EngineKind::Postgres).open_copy({.copy = copy, .live = live_place_of(spec()), .room = state()}, work);
    const auto extract = [&](const std::string& name, std::vector<std::string> tables, const std::string& where = "") {
        return extract_rows(place, {.from = copy, .to = folder / "out" / name, .tables = std::move(tables), .only_where = where, .mark = folder / (name + ".mark")}, progress, {});
    };
    const auto load = [&](const std::string& database, const std::string& name) {
        server->sql("create database " + database);
        server->sql(read_text_file(folder / "out" / name, 16 << 20), database);
    };
    const ExtractResult all = extract("all.sql", {});
    CHECK(all.rows == 350);
    CHECK((fs::status(folder / "out/all.sql").permissions() & fs::perms(077)) == fs::perms::none);
    load("whole", "all.sql");
    CHECK(server->sql(shape, "whole") == whole);
    CHECK(server->sql("insert into \"Odd\".\"a \"\"b\" (order_id) values (1) returning id > 50", "whole") == "t");
    CHECK_THROWS(server->sql("insert into \"Odd\".\"a \"\"b\" (order_id) values (999)", "whole"));   // Its reference is there again.

    const ExtractResult some = extract("some.sql", {"Odd.\"a \"\"b\""}, "order_id <= 10");
    CHECK(some.rows == 10);
    load("part", "some.sql");
    CHECK(server->sql("select count(*), max(text) like 'tab%' from \"Odd\".\"a \"\"b\"", "part") == "10|t");
    CHECK(read_text_file(folder / "out/some.sql", 1 << 20).find("-- Not made") != std::string::npos);

    CHECK(thrown_by([&] { extract("wrong.sql", {"order"}); }).hint == "Did you mean 'orders'?");
    const Error condition = thrown_by([&] { extract("bad.sql", {"orders"}, "no_such > 1"); });
    CHECK(condition.code == ErrorCode::Usage);
    CHECK_FALSE(fs::exists(folder / "out/bad.sql"));
    CHECK(thrown_by([&] { extract("injected.sql", {"orders"}, "true); drop table orders; --"); }).code == ErrorCode::Usage);
}

TEST_CASE_METHOD(AskedCluster, "what a question that was killed has left is removed by the next", "[end_to_end][postgres]") {
    back_up();
    archive();
    const WalLog log = wal_logs(place, spec().name).front();
    const pid_t child = ::fork();
    if (child == 0) {
        auto* walk = new WalWalk(place, log, log.starts().front(), progress, {});   // Never destroyed: this process is killed.
        walk->sql();
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(copies().size() == 1);
    const std::string left = read_text_file(copies().front() / "orders/postmaster.pid", 4096);
    const pid_t server_of_it = std::stoi(left);
    CHECK(is_running(server_of_it));
    const fs::path socket_folder = places_of_instance(copies().front() / "orders").socket_folder;
    CHECK(fs::exists(socket_folder));
    sweep_asking_rooms(place);
    CHECK_FALSE(fs::exists(socket_folder));
    CHECK_FALSE(is_running(server_of_it));
    CHECK(copies().empty());
}

TEST_CASE("other versions are walked through their logs, and their catalogs are read", "[end_to_end][postgres]") {
    ::setenv("HOLDFAST_POSTGRES_PROGRAMS", HOLDFAST_BINARY_DIR "/postgres/{major}/native/bin", 1);
    for (const int major : {13, 17, 18}) {   // Records and catalogs differ most between these.
        if (!PostgresServer::programs(major)) {
            WARN("PostgreSQL " << major << " is not here: tests/support/fetch_postgres.sh gets it");
            continue;
        }
        INFO("PostgreSQL " << major);
        AskedCluster cluster(major);
        cluster.back_up();
        for (int i = 101; i <= 105; ++i) cluster.server->sql(fmt::format("insert into orders values ({}, 'later')", i));
        const std::string dropped = cluster.server->sql("begin; drop table notes; delete from orders where id = 17; select txid_current(); commit");
        cluster.server->sql("insert into orders values (106, 'later')");
        cluster.archive();
        const LastGood found = cluster.find("select count(*) from orders where id = 17");
        CHECK(found.outcome == LastGoodOutcome::Found);
        CHECK(cluster.count_before(found) == "105");
        CHECK(cluster.log_by_xid().at(dropped) == std::vector<std::string>{"notes dropped", "orders: 1 deleted"});
        CHECK(cluster.copies().empty());
    }
    ::unsetenv("HOLDFAST_POSTGRES_PROGRAMS");
}
