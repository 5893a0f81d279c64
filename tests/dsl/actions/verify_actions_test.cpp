#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/dsl/actions/action_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("verify.integrity tells a sound database", "[dsl][actions]") {
    ActionFixture fixture;
    const auto report = fixture.perform("verify.integrity", {{"of", fixture.orders()}});
    CHECK(same_value(report.value.field("sound"), true));
    CHECK_THAT(report.sentence, Contains("sound"));
}

TEST_CASE("verify.integrity fails on damage unless damage is what is looked for", "[dsl][actions]") {
    ActionFixture fixture;
    const Value copy = fixture.copy_of(fixture.newest_point());
    Connection connection = Connection::open(copy.field("path").text_or(""), OpenMode::ReadWrite);
    connection.execute("pragma foreign_keys = off; update items set sku = 'none' where line = 1");
    CHECK_THROWS_WITH(fixture.perform("verify.integrity", {{"of", copy}}), Contains("is not sound"));
    const auto report = fixture.perform("verify.integrity", {{"of", copy}, {"want_sound", false}});
    CHECK(report.value.field("problems").integer_or(0) > 0);
    CHECK_FALSE(report.value.field("shown").as<ValueList>()->empty());
}

TEST_CASE("verify.point reads every byte of a point", "[dsl][actions]") {
    ActionFixture fixture;
    const Value point = fixture.newest_point();
    CHECK_THAT(fixture.perform("verify.point", {{"point", point}}).sentence, Contains("every byte is there in local"));
    for (const auto& entry : fs::recursive_directory_iterator(fixture.store_folder("local"))) {
        if (entry.is_regular_file() && entry.path().string().find("/packs/") != std::string::npos) fs::resize_file(entry.path(), 10);
    }
    CHECK_THROWS_WITH(fixture.perform("verify.point", {{"point", point}}), Contains("is not whole in any store"));
}

TEST_CASE("verify.application asks the probe of the policy", "[dsl][actions]") {
    ActionFixture fixture;
    CHECK_THROWS_WITH(fixture.perform("verify.application", {{"of", fixture.orders()}}), Contains("the policy has no probe for orders"));
    fixture.spec().application.probe_sql = "select count(*) > 0 from orders";
    CHECK_THAT(fixture.perform("verify.application", {{"of", fixture.orders()}}).sentence, Contains("the probe says 1"));
    fixture.spec().application.probe_command = {"sh", "-c", "test -f \"$HOLDFAST_LOCATION\""};
    CHECK_THAT(fixture.perform("verify.application", {{"of", fixture.orders()}}).sentence, Contains("sh agrees"));
    fixture.spec().application.probe_sql = "select count(*) > 1000000 from orders";
    CHECK_THROWS_WITH(fixture.perform("verify.application", {{"of", fixture.orders()}}), Contains("the probe of orders says 0"));
}
