#include "engine/plan/plan_notes.hpp"

#include <catch2/catch.hpp>

namespace holdfast {

TEST_CASE("a note names a few databases and counts the others", "[plan][notes]") {
    PlanNotes notes;
    for (int i = 1; i <= 1205; ++i) notes.add("left out for {}", DatabaseName("db" + std::to_string(i)));
    notes.add("nothing expires of {}", DatabaseName("orders"));
    CHECK(notes.take() == std::vector<std::string>{"left out for db1, db2, db3, db4, db5 and 1,200 more", "nothing expires of orders"});
}

}  // namespace holdfast
