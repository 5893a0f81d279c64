#include "engine/wire/query_json.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace holdfast;

TEST_CASE("values of a row are JSON's own, and objects where it has no form for them", "[wire]") {
    QueryJson json;
    CHECK(json.row({std::int64_t{1}, 1.5, std::string("Größe"), std::monostate{}}) == "\n    [1,1.5,\"Größe\",null]");
    CHECK(json.row({std::numeric_limits<std::int64_t>::max()}) == ",\n    [9223372036854775807]");
    CHECK(json.row({Bytes{std::byte{0}, std::byte{1}}}) == ",\n    [{\"base64\":\"AAE=\"}]");
    CHECK(json.row({std::string("\xff")}) == ",\n    [{\"text_base64\":\"/w==\"}]");
    CHECK(json.row({-std::numeric_limits<double>::infinity()}) == ",\n    [{\"real\":\"-Infinity\"}]");
    CHECK(json.row({2.0}) == ",\n    [2.0]");
}
