// Words for what is in a log; with a real one: tests/end_to_end/postgres_questions_test.cpp.
#include "engine/operations/changed_relations.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

using Words = std::vector<std::string>;

RelationNames names() {
    const auto table = [](const char* schema, const char* name, char kind = 'r') { return RelationName{.database = "shop", .schema = schema, .name = name, .kind = kind, .of = {}}; };
    return {{{5, 20001}, table("public", "orders")}, {{5, 20002}, table("sales", "items")},     {{5, 20003}, table("public", "orders_pkey", 'i')},
            {{5, 20004}, table("pg_toast", "pg_toast_20001", 't')}, {{5, 1259}, table("pg_catalog", "pg_class")}, {{5, 20009}, table("public", "orders")}};
}

RelationChange rows(std::uint32_t relation, std::uint64_t inserted, std::uint64_t updated = 0, std::uint64_t deleted = 0) {
    return {.space = 1663, .database = 5, .relation = relation, .inserted = inserted, .updated = updated, .deleted = deleted};
}

RelationChange gone(std::uint32_t relation) {
    RelationChange change = rows(relation, 0);
    change.removed = true;
    return change;
}

Words words(std::vector<RelationChange> relations, std::uint64_t catalog_deletes = 0, const RelationNames& known = names()) {
    return in_words({.xid = 700, .at = {}, .relations = std::move(relations), .catalog_deletes = catalog_deletes}, known);
}

}  // namespace

TEST_CASE("rows are told by table, with the schema where it is not the usual one", "[operations][log]") {
    CHECK(words({rows(20001, 1200, 0, 3), rows(20002, 0, 1)}) == Words{"orders: 1,200 inserted, 3 deleted", "sales.items: 1 updated"});
}

TEST_CASE("indexes, TOAST and catalogs are no tables of anybody's", "[operations][log]") {
    CHECK(words({rows(20003, 5), rows(20004, 9), rows(1259, 1)}) == Words{"catalogs"});
    CHECK(words({rows(20001, 1), rows(1259, 1)}) == Words{"orders: 1 inserted"});
}

TEST_CASE("a table that goes was dropped where its entry went too, else truncated or rewritten", "[operations][log]") {
    CHECK(words({gone(20001), gone(20003), gone(20004), rows(1259, 0, 0, 3)}, 3) == Words{"orders dropped"});
    RelationChange made = rows(20009, 0);
    made.made = true;
    CHECK(words({gone(20001), made, rows(1259, 0, 2)}) == Words{"orders truncated or rewritten"});
    CHECK(words({made}) == Words{"orders made"});
}

TEST_CASE("what nobody knows by name keeps the number of its files", "[operations][log]") {
    CHECK(words({rows(31000, 2)}) == Words{"files 5/31000: 2 inserted"});
    CHECK(words({gone(31000)}, 1) == Words{"files 5/31000 removed"});
    CHECK(words({rows(1255, 2)}, 0, {}) == Words{"catalogs"});
}

TEST_CASE("where a cluster has several databases each name says which", "[operations][log]") {
    RelationNames known = names();
    known[{6, 20001}] = {.database = "stock", .schema = "public", .name = "parts", .kind = 'r', .of = {}};
    CHECK(words({rows(20001, 1)}, 0, known) == Words{"shop/orders: 1 inserted"});
}
