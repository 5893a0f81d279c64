#include "engine/model/policy.hpp"

#include <catch2/catch.hpp>

namespace holdfast {
namespace {

TEST_CASE("rows of a policy are found by name", "[model][policy]") {
    Policy policy;
    policy.stores.push_back({StoreName("local"), "file:///srv", "", std::nullopt});
    policy.databases.emplace_back();
    policy.databases.back().name = DatabaseName("notes");
    REQUIRE(policy.store(StoreName("local")) != nullptr);
    CHECK(policy.store(StoreName("local"))->url == "file:///srv");
    CHECK(policy.store(StoreName("offsite")) == nullptr);
    CHECK(policy.database(DatabaseName("notes")) == policy.databases.data());
    CHECK(policy.environment(EnvironmentName("prod")) == nullptr);
    CHECK(policy.policy(PolicyName("chain")) == nullptr);
}

TEST_CASE("a retention rule is empty when only a number of points is asked for", "[model][policy]") {
    RetentionRule rule;
    rule.at_least = 3;
    CHECK(rule.empty());
    rule.weekly = parse_period("3mo");
    CHECK_FALSE(rule.empty());
}

}  // namespace
}  // namespace holdfast
