#include "engine/model/row.hpp"

#include <catch2/catch.hpp>

#include <limits>

#include "engine/base/error.hpp"
#include "tests/support/thrown.hpp"

namespace holdfast {
namespace {

const SqlValue kNull{};
SqlValue whole(std::int64_t value) { return value; }
SqlValue real(double value) { return value; }
SqlValue words(std::string value) { return value; }
SqlValue blob(std::string_view value) { return to_bytes(as_bytes(value)); }
bool less(const SqlValue& a, const SqlValue& b) { return compare_values(a, b) == std::strong_ordering::less && compare_values(b, a) == std::strong_ordering::greater; }
bool equal(const SqlValue& a, const SqlValue& b) { return compare_values(a, b) == std::strong_ordering::equal; }

TEST_CASE("values sort as SQLite sorts them", "[model][row]") {
    CHECK(less(kNull, whole(-5)));
    CHECK(less(whole(7), words("")));
    CHECK(less(words("zzz"), blob("")));
    CHECK(less(words("a"), words("ab")));
    CHECK(less(words("a"), words("\xc3\xa4")));   // By bytes, not by language.
    CHECK(less(blob("a"), blob("b")));
    CHECK(equal(kNull, kNull));
}

TEST_CASE("whole numbers and reals compare without losing digits", "[model][row]") {
    constexpr std::int64_t kLarge = 9007199254740993;   // 2^53 + 1: no double has this value.
    CHECK(equal(whole(2), real(2.0)));
    CHECK(less(whole(2), real(2.5)));
    CHECK(less(real(-2.5), whole(-2)));
    CHECK(less(real(9007199254740992.0), whole(kLarge)));
    CHECK(less(whole(std::numeric_limits<std::int64_t>::max()), real(9223372036854775808.0)));
    CHECK(less(real(-std::numeric_limits<double>::infinity()), whole(std::numeric_limits<std::int64_t>::min())));
}

TEST_CASE("a row is read back as it was written", "[model][row]") {
    const SqlRow row{kNull, whole(-1), real(0.1), words("it's\n"), blob(std::string_view("\0\xff", 2))};
    ByteWriter writer;
    write_row(writer, row);
    const Bytes bytes = writer.take();
    ByteReader reader(bytes);
    CHECK(read_row(reader) == row);
}

TEST_CASE("a row that was cut or has an unknown type is corrupt", "[model][row]") {
    ByteWriter writer;
    write_row(writer, {words("text"), whole(1)});
    const Bytes bytes = writer.take();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ByteReader reader(ByteView(bytes).first(size));
        CHECK(code_thrown_by([&] { read_row(reader); }) == ErrorCode::Corrupt);
    }
    const Bytes unknown{std::byte{1}, std::byte{9}};
    ByteReader reader(unknown);
    CHECK(code_thrown_by([&] { read_row(reader); }) == ErrorCode::Corrupt);
}

TEST_CASE("values are shown to people short and harmless", "[model][row]") {
    CHECK(for_people(kNull) == "NULL");
    CHECK(for_people(whole(7)) == "7");
    CHECK(for_people(words("a\x1b[31m")) == "'a\\x1b[31m'");
    CHECK(for_people(blob("abc")) == "x'616263'");
    CHECK(for_people(blob("abc"), 4) == "x'6162…'");
}

}  // namespace
}  // namespace holdfast
