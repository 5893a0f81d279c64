#include "engine/repository/layout.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {
const DatabaseName kOrders{"orders"};
}

TEST_CASE("objects have the names that the format says", "[repository][layout]") {
    const auto pack = parse_id<PackId>("3f9c0000000000000000000000000001").value();
    const auto key = parse_id<KeyId>("00112233445566778899aabbccddeeff").value();
    const PointId point{"01jznk8w3xq5m9c2v7b4h6t0ra"};
    CHECK(pack_object(pack) == "packs/3f/3f9c0000000000000000000000000001");
    CHECK(mark_object(pack) == "marks/3f9c0000000000000000000000000001");
    CHECK(points_prefix(kOrders) == "points/orders/");
    CHECK(point_object(kOrders, point) == "points/orders/01jznk8w3xq5m9c2v7b4h6t0ra");
    CHECK(data_key_object(DatabaseName("orders.eu"), key) == "data-keys/orders.2eeu/00112233445566778899aabbccddeeff");
}

TEST_CASE("what an object is called says what it is", "[repository][layout]") {
    CHECK(pack_of_object(pack_object(pack_id(7))) == pack_id(7));
    CHECK(pack_of_object(mark_object(pack_id(8))) == pack_id(8));
    const auto name = point_of_object("points/orders.2eeu/01jznk8w3xq5m9c2v7b4h6t0ra");
    REQUIRE(name);
    CHECK(name->database.str() == "orders.eu");
    CHECK(name->id.str() == "01jznk8w3xq5m9c2v7b4h6t0ra");
    CHECK(last_part("a/b/c") == "c");
    CHECK(last_part("c") == "c");
}

TEST_CASE("names of any bytes go into object names and come back", "[repository][layout]") {
    std::mt19937_64 random(11);
    for (int i = 0; i < 300; ++i) {
        std::string text(1 + random() % 100, ' ');
        for (char& each : text) each = static_cast<char>(random());
        const std::string escaped = escape_database(DatabaseName(text));
        CHECK(is_object_name("points/" + escaped + "/x"));
        CHECK(unescape_database(escaped) == DatabaseName(text));
    }
    CHECK(escape_database(DatabaseName("../../etc")) == ".2e.2e.2f.2e.2e.2fetc");
    CHECK(escape_database(DatabaseName("A-z_09")) == "A-z_09");
}

TEST_CASE("different databases never share a folder", "[repository][layout]") {
    const std::vector<std::string> names{"a", "A", "a.", "a.2e", "a/", "a2e", ".a", "a b", "a%20b"};
    std::set<std::string> escaped;
    for (const std::string& name : names) escaped.insert(escape_database(DatabaseName(name)));
    CHECK(escaped.size() == names.size());
}

TEST_CASE("a database without a name or with a long one is refused", "[repository][layout]") {
    CHECK(code_thrown_by([] { escape_database(DatabaseName("")); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([] { escape_database(DatabaseName(std::string(101, 'a'))); }) == ErrorCode::Usage);
    CHECK(escape_database(DatabaseName(std::string(100, 'a'))).size() == 100);
}

TEST_CASE("a database has one escaped name and others are not names", "[repository][layout]") {
    for (const char* text : {"", ".", ".2", ".2g", ".zz", "a.", "a b", "a/b", ".2E", ".61", "a.5f", ".2e."}) {
        INFO(text);
        CHECK_FALSE(unescape_database(text));
    }
    CHECK_FALSE(unescape_database(std::string(101, 'a')));
    CHECK_FALSE(unescape_database(std::string_view("a\0", 2)));
}

TEST_CASE("names that are not a point's or a pack's are ignored", "[repository][layout]") {
    for (const char* text : {"", "points/", "points/orders", "points/orders/", "points//x", "points/orders/a/b", "packs/orders/x", "points/a b/x", "points/.61/x"}) {
        INFO(text);
        CHECK_FALSE(point_of_object(text));
    }
    for (const char* text : {"", "packs/", "packs/3f/3f9c", "packs/3f/3f9c000000000000000000000000000g", "packs/3f/3f9c00000000000000000000000000011"}) {
        INFO(text);
        CHECK_FALSE(pack_of_object(text));
    }
}

TEST_CASE("ids are 32 lower-case hex digits and nothing else", "[repository][layout]") {
    CHECK(parse_id<KeyId>(key_id(3).text()) == key_id(3));
    CHECK_FALSE(parse_id<KeyId>("00112233445566778899AABBCCDDEEFF"));
    CHECK_FALSE(parse_id<KeyId>("00112233445566778899aabbccddeef"));
    CHECK(code_thrown_by([] { id_from_bytes<PackId>(Bytes(15)); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([] { id_from_bytes<PackId>(Bytes(17)); }) == ErrorCode::Corrupt);
    std::set<PackId> ids;
    for (int i = 0; i < 1000; ++i) ids.insert(random_id<PackId>());
    CHECK(ids.size() == 1000);
}
