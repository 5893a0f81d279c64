#include "engine/cli/show_plan.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("expired points are counted with the space given back", "[cli]") {
    ExpireOutcome outcome;
    outcome.expired = {{DatabaseName("orders"), PointId("a")}, {DatabaseName("orders"), PointId("b")}};
    outcome.bytes_freed = 4'100'000;
    outcome.refused = {"c stays: it is in use."};
    CHECK(expiry_text(outcome) == "2 points expired, 4.10 MB given back now; the rest follows when it is safe.\nc stays: it is in use.\n");
    CHECK(expiry_text(ExpireOutcome{}).empty());
}
