#include "dsl/prelude/guards.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

namespace {

const Value kOrders = Record{"database", {{"name", "orders"}}};
const Value kItems = Record{"database", {{"name", "items"}}};
const EffectSpec& merge() { return *language().effect("merge.rows"); }
const EffectSpec& backup() { return *language().effect("backup.now"); }

}  // namespace

TEST_CASE("a live database may be changed after a backup of it and an approval for it", "[dsl][prelude]") {
    LiveGuards guards;
    CHECK_THROWS_AS(guards.check(merge(), {{"into", kOrders}}), Error);
    guards.done(backup(), {{"of", kOrders}});
    CHECK_THROWS_AS(guards.check(merge(), {{"into", kOrders}}), Error);
    guards.approved({{"into", kOrders}});
    CHECK_NOTHROW(guards.check(merge(), {{"into", kOrders}}));
    CHECK_NOTHROW(guards.check(merge(), {{"into", "orders"}}));
    CHECK_THROWS_AS(guards.check(merge(), {{"into", kItems}}), Error);
}

TEST_CASE("evidence that is shown is not approved", "[dsl][prelude]") {
    LiveGuards guards;
    guards.done(backup(), {{"of", kOrders}});
    guards.approved({{"shows", kOrders}});
    CHECK_THROWS_AS(guards.check(merge(), {{"into", kOrders}}), Error);
}

TEST_CASE("effects that only read need neither", "[dsl][prelude]") {
    CHECK_NOTHROW(LiveGuards().check(*language().effect("compare.rows"), {{"old", kOrders}, {"new", kOrders}}));
}

TEST_CASE("what cannot be taken back wants an approval, also where no backup can be had", "[dsl][prelude]") {
    LiveGuards guards;
    const EffectSpec& promote = *language().effect("standby.promote");
    CHECK_THROWS_AS(guards.check(promote, {{"of", kOrders}}), Error);
    guards.approved({{"into", kOrders}});
    CHECK_NOTHROW(guards.check(promote, {{"of", kOrders}}));
    CHECK_THROWS_AS(guards.check(promote, {{"of", kItems}}), Error);
}
