#include "dsl/lua/value.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

namespace {

Bytes bytes_of(const Value& value) {
    ByteWriter writer;
    write_value(writer, value);
    return writer.take();
}

Value read_back(const Value& value) {
    const Bytes bytes = bytes_of(value);
    ByteReader reader(bytes);
    Value back = read_value(reader);
    reader.expect_done();
    return back;
}

}  // namespace

TEST_CASE("a value comes back from its bytes as it was", "[dsl][value]") {
    const Value value = ValueMap{
        {"list", ValueList{1, 2.5, "text", true, false, Value()}},
        {"point", Record{"point", {{"id", "01j"}, {"instant", instant_value(from_millis(5))}}}},
        {"nul", std::string("a\0b", 3)},
    };
    CHECK(same_value(read_back(value), value));
    CHECK(for_people(value.field("list")) == "1, 2.5, text, true, false, nil");
}

TEST_CASE("equal maps have equal bytes however they were filled", "[dsl][value]") {
    ValueMap one, other;
    one["a"] = 1;
    one["b"] = 2;
    other["b"] = 2;
    other["a"] = 1;
    CHECK(bytes_of(one) == bytes_of(other));
    CHECK_FALSE(same_value(Value(1), Value(1.0)));
}

TEST_CASE("a value of unknown things cannot be written", "[dsl][value]") {
    CHECK_THROWS_AS(bytes_of(Unknown{"rows", "integer"}), Error);
    CHECK_THROWS_AS(bytes_of(ValueList{FunctionValue{1, ""}}), Error);
}

TEST_CASE("damaged bytes of a value are refused", "[dsl][value]") {
    Bytes bytes = bytes_of(ValueMap{{"a", ValueList{1, 2, 3}}});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ByteReader reader(ByteView(bytes).first(size));
        CHECK_THROWS_AS(read_value(reader), Error);
    }
    Bytes deep(100, std::byte{6});   // Lists in lists: tag 6, then a count of 6.
    ByteReader reader(deep);
    CHECK_THROWS_AS(read_value(reader), Error);
}

TEST_CASE("an instant is a record that says its time", "[dsl][value]") {
    const Value value = instant_value(parse_rfc3339("2026-11-20T13:05:00Z").value());
    CHECK(for_people(value) == "2026-11-20T13:05:00Z");
    CHECK(instant_of(value) == parse_rfc3339("2026-11-20T13:05:00Z"));
    CHECK_FALSE(instant_of(Value("2026-11-20T13:05:00Z")));
}
