#include "dsl/load/walk.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

Walk walk(const std::string& body, const AnswerComparison& answer = answer_for_rehearsal) {
    return walk_runbook("return runbook { name = 'x', purpose = 'y', run = function(a)\n" + body + "\nend }", "x.lua", language(),
                        Record{"parameters", {{"database", Unknown{"database", "database"}}}}, answer);
}

}  // namespace

TEST_CASE("unknown results flow through the body with their types", "[dsl][load]") {
    const Walk walked = walk("local p = step('find', find.point { of = a.database })\n"
                             "local c = step('restore', restore.beside { point = p }, { undo = drop.copy })\n"
                             "return done { at = c.instant }");
    CHECK(walked.requests.size() == 2);
    CHECK_FALSE(walked.error);
    REQUIRE(walked.done != nullptr);
    CHECK(for_people(walked.done->fields.at("at")) == "‹instant of “restore”›");
}

TEST_CASE("a result of the wrong type is noticed before anything is run", "[dsl][load]") {
    const Walk walked = walk("local p = step('find', find.point { of = a.database })\nstep('drop', drop.copy { copy = p })");
    REQUIRE(walked.error);
    CHECK_THAT(walked.error->message, Contains("x.lua:3: 'copy' of drop.copy wants copy, not a value of type point"));
}

TEST_CASE("the answers to comparisons lead the way", "[dsl][load]") {
    const char* body = "local p = step('find', find.point { of = a.database })\nif p.stored_bytes > 5 then step('again', find.point { of = a.database }) end";
    CHECK(walk(body).requests.size() == 2);
    CHECK(walk(body, [](const std::string&, int, int) { return false; }).requests.size() == 1);
    const Walk failing = walk("local p = step('find', find.point { of = a.database })\nexpect(p.stored_bytes > 5, 'no')\nstep('x', find.point { of = a.database })",
                              [](const std::string&, int, int) { return false; });
    CHECK(failing.expectation_failed);
    CHECK(failing.requests.size() == 1);
}

TEST_CASE("a body that never stops asking is stopped", "[dsl][load]") {
    const Walk walked = walk("while true do step('x', find.point { of = a.database }) end");
    REQUIRE(walked.error);
    CHECK_THAT(walked.error->message, Contains("more than 2,000 steps"));
}
