#include "engine/operations/doctor.hpp"

#include <catch2/catch.hpp>

#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "a sound house has nothing to put right", "[operations]") {
    for (const Diagnosis& diagnosis : examine(built(), folder / "policies")) {
        INFO(diagnosis.subject << ": " << diagnosis.says);
        CHECK(diagnosis.ok);
        CHECK(diagnosis.advice.empty());
    }
}

TEST_CASE_METHOD(WorkplaceFixture, "each thing that is wrong is one line with advice", "[operations]") {
    write("orders.db", "this is not a database, however long it may be, and it is longer than a header");
    fs::remove(database().string() + "-wal");
    ::unsetenv("HOLDFAST_TEST_KEY");
    std::size_t wrong = 0;
    for (const Diagnosis& diagnosis : examine(built(), folder / "policies")) {
        if (diagnosis.ok) continue;
        ++wrong;
        CHECK_FALSE(diagnosis.says.empty());
        CHECK_FALSE(diagnosis.advice.empty());
    }
    CHECK(wrong == 2);
}
