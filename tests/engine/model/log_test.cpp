#include "engine/model/log.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a place in a log is written and read back", "[model][log]") {
    const LogPosition position{LogStreamId("01k8zt3m4f5a6b7c8d9e0f1g2h"), 1842};
    CHECK(to_text(position) == "01k8zt3m4f5a6b7c8d9e0f1g2h:1842");
    CHECK(parse_log_position(to_text(position)) == position);
}

TEST_CASE("what is no place in a log is not read as one", "[model][log]") {
    for (const char* text : {"", ":", "01k8", ":7", "01k8:", "01k8:x", "01k8:7x", "01k8:-1", "01k8:99999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_log_position(text));
    }
}
