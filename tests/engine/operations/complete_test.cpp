#include "engine/operations/complete.hpp"

#include <catch2/catch.hpp>

#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "names that the policy and the runbooks know are offered", "[operations]") {
    const Built program = built();
    CHECK(completions_of(Completable::Databases, program, folder / "policies") == std::vector<std::string>{"orders"});
    CHECK(completions_of(Completable::Environments, program, folder / "policies") == std::vector<std::string>{"shop"});
    CHECK(completions_of(Completable::Points, program, folder / "policies").empty());
    CHECK(completions_of(Completable::Databases, program, folder / "nowhere").empty());
    bool before = false;
    for (const ParameterOffer& offer : parameters_of_book("accidental-deletion", program, folder / "policies")) {
        before = before || offer.flag == "--before";
    }
    CHECK(before);
    CHECK(parameters_of_book("none", program, folder / "policies").empty());
}
