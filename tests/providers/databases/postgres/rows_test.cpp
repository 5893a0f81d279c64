// Rows of a copy and of a live cluster: compared, put back, taken out again.
#include "providers/databases/postgres/row_reader.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "engine/recovery/merge.hpp"
#include "providers/databases/postgres/foreign_keys.hpp"
#include "providers/databases/postgres/owned_sequences.hpp"
#include "providers/databases/postgres/row_database.hpp"
#include "providers/databases/postgres/row_writer.hpp"
#include "providers/databases/postgres/table_dump.hpp"
#include "providers/databases/postgres/table_name.hpp"
#include "providers/databases/postgres/table_shapes.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

constexpr const char* kShop = R"(
create schema sales;
create table customers (id int generated always as identity primary key, name text not null);
create table orders (id serial primary key, customer int not null references customers, net numeric(10,2) not null, gross numeric generated always as (net * 1.19) stored, note text);
create table sales.items (order_id int references orders, line smallint, what text, primary key (order_id, line));
create table events (at date not null, id int not null, what text, primary key (at, id)) partition by range (at);
create table events_25 partition of events for values from ('2025-01-01') to ('2026-01-01');
create table events_26 partition of events for values from ('2026-01-01') to ('2027-01-01');
create table words (word text collate "en-x-icu" primary key, n int);
create table codes (code char(6), amount numeric, primary key (code, amount));
create table logs (text text);
create unlogged table fleeting (id int primary key);
create table moments (at timestamptz primary key, blob bytea, tree jsonb, list int[]);
create table audit (what text, id int generated always as identity primary key);
create function note_it() returns trigger language plpgsql as $$ begin insert into audit(what) values (tg_table_name); return new; end $$;
create trigger noted after insert on orders for each row execute function note_it();
insert into customers(name) select 'customer ' || i from generate_series(1, 50) i;
insert into orders(customer, net, note) select 1 + i % 50, i * 1.5, case when i % 3 = 0 then null else E'tab\t"quote'' \\ line\n' || i end from generate_series(1, 500) i;
insert into sales.items select i, l, 'thing ' || i || '/' || l from generate_series(1, 500) i, generate_series(1, 3) l;
insert into events select '2025-06-01'::date + i, i, 'event ' || i from generate_series(1, 400) i;
insert into words select w, row_number() over () from unnest(array['a', 'B', 'b', 'Ä', 'ä', 'z', 'Z', '10', '9', 'a b', 'a-b', 'ab']) w;
insert into codes values ('a', 1.0), ('a', 10), ('a', 9.50), (E'a\t', 1), ('ab', -3), ('', 0);
insert into logs values ('no key');
insert into fleeting values (1);
insert into moments values ('2026-01-01 12:00+02', '\x00ff10', '{"a": [1, null]}', '{1,NULL,3}'), ('0044-03-15 12:00:00+00 BC', null, null, null), ('12026-01-01 00:00+00', '', 'null', '{}');
truncate audit;
)";

class ShopOfRows : public ClusterFixture {
public:
    ShopOfRows() {
        server->sql(kShop);
        before = all();
        data = restore(back_up().point, "state/copies/run/1-orders");
        provider().open_copy({.copy = copy(), .live = live_place_of(spec()), .room = fs::canonical(state())}, {clock, progress, {}});
    }
    ~ShopOfRows() { provider().drop_copy(copy()); }

    Provider& provider() { return providers.of(EngineKind::Postgres); }
    Place copy() { return {spec().name, EngineKind::Postgres, data.string(), true}; }
    Place live() { return live_place_of(spec()); }
    // Everything that the tables hold, in an order of its own.
    std::string all() {
        std::string text;
        for (const char* table : {"customers", "orders", "sales.items", "events", "words", "codes", "moments", "audit"}) {
            text += server->sql(std::string("select coalesce(md5(string_agg(t::text, '|' order by t::text)), 'none') from ") + table + " t") + "\n";
        }
        return text;
    }
    Difference compare(const std::vector<std::string>& tables = {}) {
        return compare_rows(installation(), copy(), live(), {.tables = tables}, folder / "rows.spool", progress, {});
    }
    MergeResult merge(const Difference& difference, OnConflict rule = OnConflict::Stop) {
        return merge_rows(installation(), difference, live(), rule, folder / "undo", progress, {});
    }
    ReverseResult reverse() { return reverse_merge(installation(), live(), folder / "undo", progress, {}); }
    static const TableDifference& of(const Difference& difference, const std::string& table) {
        const auto found = std::ranges::find(difference.tables, table, &TableDifference::table);
        REQUIRE(found != difference.tables.end());
        return *found;
    }

    fs::path data;
    std::string before;
};

}  // namespace

TEST_CASE("a table's name is read back as what it was", "[postgres][rows]") {
    for (const TableName& name : {TableName{"public", "orders"}, {"sales", "items"}, {"public", "a.b"}, {"a.b", "c\"d"}, {"public", "Größe und Gewicht"}}) {
        CHECK(parse_table_name(to_text(name)) == name);
    }
    CHECK(to_text(TableName{"public", "orders"}) == "orders");
    CHECK(to_text(TableName{"Sales", "x.y"}) == "Sales.\"x.y\"");
    CHECK(sql_of({"public", "a\"; drop table x; --"}) == "\"public\".\"a\"\"; drop table x; --\"");
    for (const char* wrong : {"", "a.b.c", "a.", ".a", "\"a", "\"a\"b", "a\"b"}) CHECK(code_thrown_by([&] { parse_table_name(wrong); }) == ErrorCode::Usage);
}

TEST_CASE("a definition is cleared of what only psql understands", "[postgres][rows]") {
    CHECK(as_statements("\\restrict abc\nSET x = 1;\n\\unrestrict abc\n") == "SET x = 1;\n\n");
}

TEST_CASE_METHOD(ShopOfRows, "what was deleted is found and put back, and taken out again", "[postgres][rows]") {
    const Difference same = compare();
    CHECK(same.missing + same.changed + same.extra == 0);
    std::map<std::string, std::string> not_covered(same.not_covered.begin(), same.not_covered.end());
    CHECK(not_covered["logs"] == "it has no primary key, and no unique index over columns that are NOT NULL");
    CHECK(not_covered["fleeting"] == "an unlogged table: no backup has its rows");
    CHECK(not_covered.size() == 2);

    server->sql("select setval('orders_id_seq', 100); delete from sales.items where order_id % 2 = 0; delete from orders where id % 2 = 0; delete from customers where id > 48 and id not in (select customer from orders); "
                "truncate events, words, codes, moments; update orders set note = 'changed since' where id = 7; insert into customers(name) values ('new since'); truncate audit");
    const std::string damaged = all();
    const Difference lost = compare();
    CHECK(of(lost, "orders").missing == 250);
    CHECK(of(lost, "orders").changed == 1);
    CHECK(of(lost, "sales.items").missing == 750);
    CHECK(of(lost, "events").missing == 400);
    CHECK(of(lost, "words").missing == 12);
    CHECK(of(lost, "codes").missing == 6);
    CHECK(of(lost, "moments").missing == 3);
    CHECK(of(lost, "customers").extra == 1);
    CHECK(of(compare({"sales.items"}), "sales.items").missing == 750);
    CHECK(has_merged(installation(), compare(), live()) == false);

    const Difference again = compare();
    CHECK(again.digest == lost.digest);
    const MergeResult put = merge(again);
    CHECK(put.rows == lost.missing);
    CHECK(std::ranges::find(put.tables, "customers") < std::ranges::find(put.tables, "orders"));
    CHECK(std::ranges::find(put.tables, "orders") < std::ranges::find(put.tables, "sales.items"));
    CHECK(has_merged(installation(), again, live()) == true);
    CHECK(compare().missing == 0);
    // No trigger has fired, no sequence gives a number out again, every row is in its partition.
    CHECK(server->sql("select count(*) from audit") == "0");
    CHECK(server->sql("select nextval('orders_id_seq') > 500") == "t");
    CHECK(server->sql("select count(*) from only events_25") == "213");
    server->sql("delete from customers where name = 'new since'; update orders o set note = null where id = 7");
    server->sql("update orders set note = E'tab\\t\"quote'' \\\\ line\\n7' where id = 7");
    CHECK(all() == before);

    server->sql("insert into customers(id, name) overriding system value values (51, 'new since'); update orders set note = 'changed since' where id = 7; update words set n = 99 where word = 'Z'");
    const ReverseResult out = reverse();
    CHECK(out.removed == put.rows - 1);
    CHECK(out.left == 1);
    server->sql("delete from words");
    CHECK(all() == damaged);
}

TEST_CASE_METHOD(ShopOfRows, "a dropped table is put back with all that belonged to it, and goes again", "[postgres][rows]") {
    server->sql("drop table orders cascade; drop table events");
    const Difference lost = compare();
    CHECK(of(lost, "orders").dropped);
    CHECK(of(lost, "events").dropped);
    CHECK(lost.missing == 900);
    const MergeResult put = merge(lost);
    CHECK(put.rows == 900);
    CHECK(all() == before);
    CHECK(server->sql("select count(*) from pg_constraint where contype = 'f' and conparentid = 0") == "2");
    CHECK(server->sql("insert into orders(customer, net) values (1, 2) returning id") == "501");
    CHECK(server->sql("select count(*) from audit") == "1");
    CHECK(server->sql("select count(*) from pg_inherits i join pg_class c on c.oid = i.inhparent where c.relname = 'events'") == "2");
    server->sql("delete from orders where id = 501");
    const ReverseResult out = reverse();
    CHECK(out.removed == 900);
    CHECK(out.left == 0);
    CHECK(server->sql("select to_regclass('orders') is null and to_regclass('events') is null and to_regclass('events_25') is null") == "t");
    CHECK(server->sql("select count(*) from sales.items") == "1500");
}

TEST_CASE_METHOD(ShopOfRows, "a merge that would break something changes nothing, and says what", "[postgres][rows]") {
    server->sql("delete from sales.items where order_id = 10; delete from orders where id = 10; delete from customers where id = 11 and false");
    const std::string damaged = all();
    // Only the items, whose order is gone.
    const Error orphans = thrown_by([&] { merge(compare({"sales.items"})); });
    CHECK(orphans.message == "putting the rows back would leave 3 references that points nowhere: sales.items (order_id) = (10) → orders, "
                             "sales.items (order_id) = (10) → orders, sales.items (order_id) = (10) → orders");
    CHECK(all() == damaged);
    // The order's number was given to another.
    const Difference lost = compare({"orders"});
    server->sql("insert into orders(id, customer, net) values (10, 1, 5)");
    const std::string taken = all();
    CHECK(thrown_by([&] { merge(lost); }).message == "table orders: the row with id 10 is there again, with other values");
    CHECK(all() == taken);
    CHECK(merge(lost, OnConflict::KeepLive).kept == 1);
    CHECK(merge(lost, OnConflict::TakeOld).replaced == 1);
    CHECK(reverse().restored == 1);
    CHECK(server->sql("select net from orders where id = 10") == "5.00");
    // A trigger that fires for replicated rows as well would do its work twice.
    server->sql("delete from orders where id = 10; alter table orders enable always trigger noted");
    CHECK(thrown_by([&] { merge(lost); }).message.find("the trigger noted would fire for every row") != std::string::npos);
    server->sql("alter table orders enable trigger noted; alter table orders add check (net <> 15)");
    CHECK(thrown_by([&] { merge(lost); }).message.find("violates check constraint") != std::string::npos);
    // A role without the right is told which statement gives it.
    server->sql("create role backup login replication; grant pg_read_all_data to backup");
    spec().connection = server->connection("backup");
    const Error refused = thrown_by([&] { merge(compare({"orders"})); });
    CHECK(refused.code == ErrorCode::NotPermitted);
    CHECK(refused.hint == "Let it, as an administrator: GRANT SET ON PARAMETER session_replication_role TO \"backup\"; GRANT pg_write_all_data TO \"backup\";");
}

TEST_CASE_METHOD(ShopOfRows, "rows are those of one database, and which it is must be clear", "[postgres][rows]") {
    server->sql("create database shop");
    spec().connection = "host=" + server->folder().string() + " user=postgres";
    CHECK(open_row_database(connection_words(spec().connection), {}).database() == "shop");
    server->sql("create database other");
    const Error several = thrown_by([&] { open_row_database(connection_words(spec().connection), {}); });
    CHECK(several.code == ErrorCode::Usage);
    CHECK(several.message == "the cluster has 2 databases: other, shop");
    CHECK(name_of_row_database(connection_words("host=/nowhere dbname=x"), {}) == "x");
    spec().connection = server->connection();
    const Difference difference = compare({"orders"});
    CHECK(difference.missing == 0);
    const Difference all_of_it = compare();
    CHECK(std::ranges::count(all_of_it.not_covered, "database shop", [](const auto& each) { return each.first; }) == 1);
    CHECK(code_thrown_by([&] { compare({"ordres"}); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([&] { compare_rows(installation(), copy(), live(), {.tables = {"orders"}, .only_where = "nonsense = 1"}, folder / "x", progress, {}); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([&] { compare_rows(installation(), copy(), live(), {.tables = {"orders"}, .only_where = "true); delete from orders; select (1"}, folder / "x", progress, {}); }) != ErrorCode::Internal);
    CHECK(server->sql("select count(*) from orders") == "500");
    server->sql("delete from sales.items where order_id between 1 and 20");
    CHECK(of(compare_rows(installation(), copy(), live(), {.tables = {"sales.items"}, .only_where = "order_id <= 10 -- so many"}, folder / "x", progress, {}), "sales.items").missing == 30);
}

TEST_CASE("rows come back into servers of other versions, and a table that is gone says what it takes", "[postgres][rows]") {
    ::setenv("HOLDFAST_POSTGRES_PROGRAMS", HOLDFAST_BINARY_DIR "/postgres/{major}/native/bin", 1);
    for (const int major : {13, 18}) {   // What differs between versions differs between these.
        if (!PostgresServer::programs(major)) {
            WARN("PostgreSQL " << major << " is not here: tests/support/fetch_postgres.sh gets it");
            continue;
        }
        INFO("PostgreSQL " << major);
        ClusterFixture f({.major = major});
        f.server->sql("create table orders (id int generated by default as identity primary key, note text); insert into orders(note) select 'note ' || i from generate_series(1, 100) i; create table gone (id int primary key)");
        const std::string whole = f.server->sql("select md5(string_agg(o::text, '|' order by id)) from orders o");
        const fs::path data = f.restore(f.back_up().point, "state/copies/run/1-orders");
        const Place copy{f.spec().name, EngineKind::Postgres, data.string(), true}, live = live_place_of(f.spec());
        Provider& provider = f.providers.of(EngineKind::Postgres);
        provider.open_copy({.copy = copy, .live = live, .room = fs::canonical(f.state())}, {f.clock, f.progress, {}});
        CHECK(provider.check_integrity(copy, {f.clock, f.progress, {}}).sound());
        f.server->sql("delete from orders where id % 2 = 0; drop table gone");
        const Difference lost = compare_rows(f.installation(), copy, live, {}, f.folder / "rows", f.progress, {});
        CHECK(lost.missing == 50);
        REQUIRE(lost.not_covered.size() == 1);
        CHECK(lost.not_covered.front().second.find(std::to_string(major) + " to make it again: install postgresql-client-" + std::to_string(major)) != std::string::npos);
        CHECK(merge_rows(f.installation(), lost, live, OnConflict::Stop, f.folder / "undo", f.progress, {}).rows == 50);
        CHECK(f.server->sql("select md5(string_agg(o::text, '|' order by id)) from orders o") == whole);
        CHECK(reverse_merge(f.installation(), live, f.folder / "undo", f.progress, {}).removed == 50);
        provider.drop_copy(copy);
        CHECK(fs::is_empty(data.parent_path()));
    }
    ::unsetenv("HOLDFAST_POSTGRES_PROGRAMS");
}
