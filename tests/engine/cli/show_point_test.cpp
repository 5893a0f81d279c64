#include "engine/cli/show_point.hpp"

#include <catch2/catch.hpp>

#include "engine/cli/commands.hpp"
#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "damage is shown with its bytes and whom it touches", "[cli]") {
    set_up();
    std::ostringstream out, err;
    const Built built{stores, providers, clock, "0.1.0", {}};
    const Surroundings around{.built = built, .out = out, .err = err, .here = folder.path()};
    const Arguments arguments;
    Console console(around, *command_at("catalog verify"), arguments);
    VerifyOutcome outcome;
    Damage damage{"packs/3f", 100, 50, "does not open", {{PointId("p"), DatabaseName("orders"), "main", 4096, 4096}}};
    VerifyReport report;
    report.damage = {damage};
    report.packs = 1;
    report.chunks = 2;
    report.bytes = 1000;
    report.damaged = {PointId("p")};
    outcome.stores = {{StoreName("local"), report, ""}};
    CHECK(verification_text(outcome, console).starts_with(
        "local: damaged: 1 place in 1.00 kB read in 1 pack and 2 chunks\n"
        "  packs/3f bytes 100-150: does not open\n"
        "    touches p of orders: main bytes 4096-8192\n"
        "  1 point cannot be restored whole, 0 can\n"));
}
