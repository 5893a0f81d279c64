#include "dsl/actions/values.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "tests/support/installation_fixture.hpp"

using namespace holdfast;
using Strings = std::vector<std::string>;

namespace {

TableDifference table(const std::string& name, std::uint64_t missing, std::uint64_t changed = 0) {
    TableDifference made;
    made.table = name;
    made.missing = missing;
    made.changed = changed;
    made.columns = {"id", "name"};
    return made;
}

Difference difference(std::vector<TableDifference> tables) {
    Difference made;
    for (const TableDifference& one : tables) {
        made.missing += one.missing;
        made.changed += one.changed;
        made.extra += one.extra;
    }
    made.tables = std::move(tables);
    made.digest = "d1";
    return made;
}

}  // namespace

TEST_CASE("a difference is one sentence", "[dsl][actions]") {
    CHECK(sentence_of(difference({table("orders", 31), table("items", 94)})) == "31 rows missing in orders, 94 in items; 0 changed");
    CHECK(sentence_of(difference({table("orders", 1), table("items", 0, 2)})) == "1 row missing in orders; 2 changed");
    CHECK(sentence_of(difference({table("orders", 0)})) == "no rows missing; 0 changed");
    Difference more = difference({table("orders", 2)});
    more.extra = 4;
    more.not_covered = {{"search", "virtual table"}};
    CHECK(sentence_of(more) == "2 rows missing in orders; 0 changed, 4 new; 1 table not compared");
    std::vector<TableDifference> many;
    for (int i = 0; i < 9; ++i) many.push_back(table("t" + std::to_string(i), 1));
    CHECK(sentence_of(difference(many)) == "1 row missing in t0, 1 in t1, 1 in t2, 1 in t3, 1 in t4, 1 in t5 and more in 3 other tables; 0 changed");
}

TEST_CASE("what an approver sees names rows and cannot drive a terminal", "[dsl][actions]") {
    TableDifference orders = table("orders", 2, 1);
    orders.note = "compared by rowid: the table has no key";
    orders.sample_missing = {{std::int64_t{7}, std::string("x\x1b[2J")}};
    orders.sample_changed = {{std::int64_t{8}, std::string("a")}, {std::int64_t{8}, std::string("b")}};
    const Strings lines = shown_lines(difference({orders}));
    REQUIRE(lines.size() == 6);
    CHECK(lines[1] == "orders: 2 missing, 1 changed, 0 new; compared by rowid: the table has no key");
    CHECK(lines[2].find('\x1b') == std::string::npos);
    CHECK(lines[2].starts_with("  missing: id = 7, name = 'x"));
    CHECK(lines[3] == "  was:     id = 8, name = 'a'");
    CHECK(lines[4] == "  is now:  id = 8, name = 'b'");
    CHECK(lines[5] == "the missing rows are fixed by SHA-256 d1");
}

TEST_CASE("places and differences survive the way through a journal", "[dsl][actions]") {
    InstallationFixture fixture;
    const Installation installation = fixture.installation();
    Difference made = difference({table("orders", 31)});
    made.old = {DatabaseName("orders"), EngineKind::Sqlite, "/copies/1", true};
    made.now = live_place_of(fixture.spec());
    made.spool = "/runs/1/rows-4.spool";
    ByteWriter writer;
    write_value(writer, difference_value(installation, made));
    ByteReader reader(writer.bytes());
    const Difference back = difference_of(installation, read_value(reader));
    CHECK(back.old == made.old);
    CHECK(back.now == made.now);
    CHECK(back.spool == made.spool);
    CHECK(back.digest == "d1");
    CHECK(back.missing == 31);
}

TEST_CASE("a place is a record of the engine's or the name of a database", "[dsl][actions]") {
    InstallationFixture fixture;
    const Installation installation = fixture.installation();
    CHECK(place_of(installation, Value("orders")).location == fixture.spec().path);
    CHECK_FALSE(place_of(installation, Value("orders")).is_copy);
    CHECK_THROWS_AS(place_of(installation, Value("order")), Error);
    RecoveryPoint point;
    point.id = PointId("01gone");
    CHECK_THROWS_AS(point_of(installation, point_value(point)), Error);
}
