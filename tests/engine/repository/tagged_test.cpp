#include "engine/repository/tagged.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

// Understands tags 1 to 4 as a number, an instant, a text and bytes.
struct SampleRecord {
    std::uint64_t number = 0;
    Instant at;
    std::string text;
    Bytes bytes;
};

SampleRecord read_sample(ByteView record) {
    SampleRecord sample;
    read_tagged(record, "sample", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case 1: sample.number = value.varint(); return true;
        case 2: sample.at = read_instant(value); return true;
        case 3: sample.text = rest_as_text(value); return true;
        case 4: sample.bytes = to_bytes(value.raw(value.left())); return true;
        default: return false;
        }
    });
    return sample;
}

Bytes sample_record() {
    TagWriter fields;
    fields.bytes(4, as_bytes("raw"));
    fields.number(1, 1'000'000);
    fields.instant(2, instant("2026-03-01T12:00:00.250Z"));
    fields.text(3, "a text");
    return fields.take();
}

}  // namespace

TEST_CASE("a record of fields is read in whatever order they stand", "[repository][tagged]") {
    const SampleRecord sample = read_sample(sample_record());
    CHECK(sample.number == 1'000'000);
    CHECK(sample.at == instant("2026-03-01T12:00:00.250Z"));
    CHECK(sample.text == "a text");
    CHECK(as_text(sample.bytes) == "raw");
    CHECK(read_sample({}).text.empty());
}

TEST_CASE("an unknown odd field is skipped and an unknown even one refuses the record", "[repository][tagged]") {
    TagWriter odd;
    odd.text(1001, "from a later version");
    odd.number(1, 7);
    CHECK(read_sample(odd.take()).number == 7);
    TagWriter even;
    even.text(1002, "must not be ignored");
    const auto error = error_thrown_by([&] { read_sample(even.take()); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Unavailable);
    CHECK_FALSE(error->hint.empty());
}

TEST_CASE("bytes left over in a known field are damage", "[repository][tagged]") {
    TagWriter fields;
    ByteWriter value;
    value.varint(5);
    value.u8(0);
    fields.bytes(1, value.bytes());
    CHECK(code_thrown_by([&] { read_sample(fields.take()); }) == ErrorCode::Corrupt);
}

TEST_CASE("a record cut inside a field is damage and one cut between fields is shorter", "[repository][tagged]") {
    const Bytes record = sample_record();
    std::size_t whole = 0;
    each_truncation(record, [&](const Bytes& part) { whole += refuses([&] { read_sample(part); }) ? 0u : 1u; });
    CHECK(whole == 4);   // Nothing, and after each of the fields but the last.
    each_flipped_bit(record, [&](const Bytes& flipped) { refuses([&] { read_sample(flipped); }); });
}

TEST_CASE("a field that says it is longer than the record is damage", "[repository][tagged]") {
    ByteWriter record;
    record.varint(3);
    record.varint(~std::uint64_t{0});
    CHECK(code_thrown_by([&] { read_sample(record.bytes()); }) == ErrorCode::Corrupt);
}

TEST_CASE("zigzag turns small numbers of either sign into small ones and back", "[repository][tagged]") {
    CHECK(zigzag(0) == 0);
    CHECK(zigzag(-1) == 1);
    CHECK(zigzag(1) == 2);
    CHECK(zigzag(-2) == 3);
    std::mt19937_64 random(3);
    std::vector<std::int64_t> values{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    for (int i = 0; i < 1000; ++i) values.push_back(static_cast<std::int64_t>(random() >> (random() % 64)));
    for (const std::int64_t value : values) {
        CHECK(unzigzag(zigzag(value)) == value);
        CHECK(unzigzag(zigzag(-(value / 2))) == -(value / 2));
    }
}

TEST_CASE("instants before 1970 are kept", "[repository][tagged]") {
    for (const std::int64_t millis : {std::int64_t{-1}, std::int64_t{-62'135'596'800'000}, std::int64_t{253'402'300'799'999}}) {
        TagWriter fields;
        fields.instant(2, from_millis(millis));
        CHECK(to_millis(read_sample(fields.take()).at) == millis);
    }
}
