#include "dsl/actions/action.hpp"

#include <catch2/catch.hpp>

#include "dsl/actions/groups.hpp"

using namespace holdfast;

TEST_CASE("every effect that this build has can be performed, and no other", "[dsl][actions]") {
    for (const EffectSpec& effect : language().effects) {
        INFO(effect.name);
        CHECK(default_actions().has(effect.name) == effect.not_available.empty());
    }
}

TEST_CASE("a group of actions can be had alone", "[dsl][actions]") {
    ActionTable table(language());
    add_application_actions(table);
    CHECK(table.has("application.stop"));
    CHECK_FALSE(table.has("merge.rows"));
    CHECK(&table.surface() == &language());
}
