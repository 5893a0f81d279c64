#include "dsl/actions/copies.hpp"

#include <catch2/catch.hpp>

#include "tests/dsl/actions/action_fixture.hpp"
#include "tests/support/damage.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("a copy that is not sound is refused with its first problem", "[dsl][actions]") {
    ActionFixture fixture;
    const Value copy = fixture.copy_of(fixture.newest_point());
    const Place place = place_of(fixture.place, copy);
    CHECK_NOTHROW(require_sound(fixture.context(1), place));
    zero_page(place.location, root_page_of(place.location, "orders"));
    CHECK(code_thrown_by([&] { require_sound(fixture.context(1), place); }) == ErrorCode::Corrupt);
}
