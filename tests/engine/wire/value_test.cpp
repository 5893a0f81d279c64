#include "dsl/lua/value.hpp"

#include <catch2/catch.hpp>

#include "engine/wire/results.hpp"

using namespace holdfast;

TEST_CASE("a record says its type, and what is not there yet is a text", "[wire]") {
    RunView view;
    Record record;
    record.type = "point";
    record.fields["id"] = Value("01jd");
    view.parameters = Value(record);
    view.result = Value(Unknown{"step 1", "point"});
    const std::string json = to_json(view);
    CHECK(json.find("\"parameters\": {\n    \"type\": \"point\",\n    \"id\": \"01jd\"\n  }") != std::string::npos);
    CHECK(json.find("\"result\": \"") != std::string::npos);
}
