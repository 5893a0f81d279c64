#include "dsl/load/declarations.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("the body of a declared runbook can be started", "[dsl][load]") {
    const SystemClock clock;
    MadeEffects made;
    Script script("x.lua", clock);
    const Declarations declared = declare_runbook(
        script, language(), made, "return runbook { name = 'x', purpose = 'y', run = function(a) return done { got = a.n } end }", "x.lua");
    CHECK(declared.runbook.name == "x");
    const auto turn = script.start(declared.body, {Record{"parameters", {{"n", 7}}}});
    REQUIRE(turn.finished);
    const auto done = std::dynamic_pointer_cast<const DoneValue>(*turn.value.as<Handle>());
    REQUIRE(done != nullptr);
    CHECK(for_people(done->fields.at("got")) == "7");
}
