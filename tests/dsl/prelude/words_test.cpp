#include "dsl/prelude/words.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

// Runs a body of the language; returns what it first hands to the host.
struct Body {
    SystemClock clock;
    MadeEffects made;
    Script script{"t.lua", clock};

    Value first(const std::string& body) {
        bind_words(script, language(), made);
        const Value function = script.run_chunk("return function()\n" + body + "\nend");
        return script.start(*function.as<FunctionValue>(), {}).value;
    }
    template <typename T>
    std::shared_ptr<const T> request(const std::string& body) {
        const Value value = first(body);
        REQUIRE(value.as<Handle>() != nullptr);
        auto found = std::dynamic_pointer_cast<const T>(*value.as<Handle>());
        REQUIRE(found != nullptr);
        return found;
    }
};

std::string complaint(const std::string& body) {
    try {
        Body().first(body);
        return "";
    } catch (const Error& error) {
        return error.message;
    }
}

}  // namespace

TEST_CASE("a step carries title effect and options", "[dsl][prelude]") {
    Body body;
    const auto step = body.request<StepRequest>(
        "local point = 'x'\nstep('stop it', application.stop { of = 'orders' }, { undo = application.start, timeout = '45m', retry = 2 })");
    CHECK(step->title == "stop it");
    CHECK(step->effect->spec->name == "application.stop");
    CHECK(step->undo->spec->name == "application.start");
    CHECK_FALSE(step->undo->arguments);
    CHECK(step->timeout == std::chrono::minutes(45));
    CHECK(step->retry == 2);
    CHECK(step->line == 3);
    CHECK(body.made.forgotten() == nullptr);
}

TEST_CASE("an undo can be an effect with arguments of its own", "[dsl][prelude]") {
    Body body;
    const auto step = body.request<StepRequest>("step('s', find.point { of = 'orders' }, { undo = application.start { of = 'items' } })");
    CHECK(for_people(step->undo->arguments->at("of")) == "items");
    CHECK(body.made.forgotten() == nullptr);
}

TEST_CASE("what is wrong with a step is said at its line", "[dsl][prelude]") {
    CHECK_THAT(complaint("step('x', 7)"), Contains("t.lua:2: step \"x\" wants an effect") && Contains("not an integer"));
    CHECK_THAT(complaint("step(find.point { of = 'o' })"), Contains("step begins with a title, not with the effect find.point"));
    CHECK_THAT(complaint("step('x', find.point { of = 'o' }, { undo = drop.copy })"), Contains("drop.copy cannot undo this step"));
    CHECK_THAT(complaint("step('x', find.point { of = 'o' }, { undo = print })"), Contains("undo wants an effect"));
    CHECK_THAT(complaint("step('x', find.point { of = 'o' }, { timeot = '1m' })"), Contains("did you mean 'timeout'?"));
    CHECK_THAT(complaint("step('x', find.point { of = 'o' }, { timeout = 45 })"), Contains("timeout wants a duration with its unit"));
    CHECK_THAT(complaint("step('x', find.point { of = 'o' }, { retry = 99 })"), Contains("retry wants a number from 0 to 20"));
    CHECK_THAT(complaint("find.pont { of = 'o' }"), Contains("unknown name 'find.pont'; did you mean 'find.point'?"));
    CHECK_THAT(complaint("drop.copy { copy = { path = '/etc' } }"), Contains("wants copy, not a table"));
    CHECK_THAT(complaint("approve {}"), Contains("approve begins with a title") || Contains("approve takes a table"));
    CHECK_THAT(complaint("expect(false)"), Contains("wants a message"));
    CHECK_THAT(complaint("find.point = 7"), Contains("cannot be changed"));
}

TEST_CASE("an expectation and an approval are handed out", "[dsl][prelude]") {
    CHECK_FALSE(Body().request<ExpectRequest>("expect(nil, 'must be')")->holds);
    CHECK(Body().request<ExpectRequest>("expect(0, 'must be')")->holds);
    const auto approval = Body().request<ApproveRequest>("approve { 'put back', into = 'orders', shows = { 'a' } }");
    CHECK(approval->title == "put back");
    CHECK(approval->fields.size() == 2);
}

TEST_CASE("one effect is handed to one step", "[dsl][prelude]") {
    CHECK_THAT(complaint("local e = find.point { of = 'o' }\nlocal ok, why = pcall(step, 'x', 7)\nstep(why, e)"), Contains("") );
    Body body;
    bind_words(body.script, language(), body.made);
    const Value function = body.script.run_chunk("return function() local e = find.point { of = 'o' } step('a', e) step('b', e) end");
    body.script.start(*function.as<FunctionValue>(), {});
    CHECK_THROWS_WITH(body.script.resume({}), Contains("was handed to a step already"));
}

TEST_CASE("an effect that is not handed over is remembered", "[dsl][prelude]") {
    Body body;
    body.first("local e = find.point { of = 'o' }");
    REQUIRE(body.made.forgotten() != nullptr);
    CHECK(body.made.forgotten()->line == 2);
}
