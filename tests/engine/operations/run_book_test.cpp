#include "engine/operations/run_book.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/local_time.hpp"
#include "engine/operations/tick.hpp"
#include "tests/support/order_lines.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

namespace {

struct BookFixture : WorkplaceFixture {
    std::string before_accident;

    BookFixture() {
        tick(place(), {}, progress, never);
        before_accident = order_lines(database());
        clock.advance(std::chrono::minutes(10));
        delete_sample_orders(database(), 10, 20);
        clock.advance(std::chrono::minutes(10));
    }
    RunAsked recovery() {
        return {"accidental-deletion", {"--before", "10m ago"},
                [this](const std::string& text) { return LocalTimes("UTC").read(text, clock.now()); }};
    }
    RunHooks hooks(bool yes) { return {.on_event = {}, .ask = {}, .yes = yes, .progress = progress, .cancel = never}; }
};

}  // namespace

TEST_CASE_METHOD(BookFixture, "a rehearsal lists the steps and performs none", "[operations]") {
    const Rehearsal rehearsal = rehearse_book(place(), recovery());
    CHECK(rehearsal.steps.size() >= 6);
    CHECK_FALSE(rehearsal_text(rehearsal).empty());
    CHECK(list_runs(place()).empty());
    CHECK_THROWS_AS(run_named(place(), "last"), Error);
}

TEST_CASE_METHOD(BookFixture, "a run that nobody approved waits and goes on when it is answered", "[operations]") {
    const RunbookOutcome waiting = run_book(place(), recovery(), hooks(false));
    REQUIRE(waiting.state == RunState::Waiting);
    CHECK(order_lines(database()) != before_accident);
    const RunId run = run_named(place(), "last");
    const AnswerGiven given = answer_run(place(), run, {true, "go on", std::nullopt});
    CHECK_FALSE(given.person.empty());
    CHECK(resume_run(place(), run, false, hooks(false)).state == RunState::Done);
    CHECK(order_lines(database()) == before_accident);
    CHECK(undo_run(place(), run, {}, hooks(true)).state == RunState::Undone);
    CHECK(show_run(place(), run).summary.state == RunState::Undone);
}

TEST_CASE_METHOD(BookFixture, "a run can be cancelled and is over then", "[operations]") {
    const RunbookOutcome waiting = run_book(place(), recovery(), hooks(false));
    cancel_run(place(), waiting.id, "tried again later");
    CHECK(show_run(place(), waiting.id).summary.state == RunState::Cancelled);
    CHECK_THROWS_AS(resume_run(place(), waiting.id, false, hooks(false)), Error);
    CHECK_THROWS_AS(resolve_run(place(), waiting.id, 1, ResolveAs::Done, ""), Error);
}
