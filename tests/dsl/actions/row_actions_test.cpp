#include <catch2/catch.hpp>

#include "engine/base/text.hpp"
#include "tests/dsl/actions/action_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

// The rows that are deleted and brought back; the shop's own triggers count and log besides.
std::string shop_content(const fs::path& path) {
    std::string kept;
    for (const std::string& line : split(sample_content(path), '\n')) {
        if (line.starts_with("orders ") || line.starts_with("items ")) kept += line + "\n";
    }
    return kept;
}

struct Accident : ActionFixture {
    std::string whole = shop_content(live());
    Value copy = copy_of(newest_point());
    Accident() { delete_sample_orders(live(), 10, 29); }
    ActionResult compare(int step = 4, ValueMap more = {}) {
        more["old"] = copy;
        more["new"] = orders();
        return perform("compare.rows", more, step);
    }
    ValueMap merge_arguments(const Value& lost) const { return {{"from", lost}, {"into", orders()}}; }
};

}  // namespace

TEST_CASE("lost rows are found put back and taken out again", "[dsl][actions]") {
    Accident accident;
    const std::string broken = shop_content(accident.live());
    const auto lost = accident.compare();
    CHECK(lost.rows > 20);
    CHECK_THAT(lost.sentence, Contains("20 in orders") || Contains("20 rows missing in orders"));
    const auto put = accident.perform("merge.rows", accident.merge_arguments(lost.value), 6);
    CHECK(put.rows == lost.rows);
    CHECK(put.value.field("into").text_or("") == "orders");
    CHECK((shop_content(accident.live()) == accident.whole));
    CHECK_NOTHROW(accident.compare(7, {{"want_missing", 0}}));
    const auto reversed = accident.perform("merge.reverse", {{"put", put.value}}, 6);
    CHECK(reversed.rows == lost.rows);
    CHECK((shop_content(accident.live()) == broken));
}

TEST_CASE("compare.rows fails where another number of missing rows was wanted", "[dsl][actions]") {
    Accident accident;
    CHECK_THROWS_WITH(accident.compare(4, {{"want_missing", 0}}), Contains("where 0 missing was wanted"));
    CHECK_THROWS_AS(accident.compare(4, {{"tables", ValueList{"ordrs"}}}), Error);
    CHECK(accident.compare(4, {{"tables", ValueList{"customers"}}}).rows == 0);
}

TEST_CASE("a merge can be asked whether it happened", "[dsl][actions]") {
    Accident accident;
    const Value lost = accident.compare().value;
    const ValueMap arguments = accident.merge_arguments(lost);
    CHECK(accident.probe("merge.rows", arguments, 6).happened == false);
    const auto put = accident.perform("merge.rows", arguments, 6);
    const auto probe = accident.probe("merge.rows", arguments, 6);
    CHECK(probe.happened == true);
    CHECK(probe.result.rows == put.rows);
    CHECK(probe.result.value.field("undo").text_or("a") == put.value.field("undo").text_or("b"));
}

TEST_CASE("rows that are not those that were shown are not merged", "[dsl][actions]") {
    Accident accident;
    const Value lost = accident.compare().value;
    const std::string broken = shop_content(accident.live());
    const fs::path spool = lost.field("spool").text_or("");
    Bytes bytes = read_file(spool, 64 << 20);
    bytes[bytes.size() / 2] ^= std::byte{1};
    write_file_durably(spool, bytes);
    CHECK_THROWS_AS(accident.perform("merge.rows", accident.merge_arguments(lost), 6), Error);
    CHECK((shop_content(accident.live()) == broken));
}
