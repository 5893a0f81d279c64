#include "dsl/load/lint.hpp"

#include <catch2/catch.hpp>

#include "dsl/load/new_runbook.hpp"
#include "dsl/load/runbook.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

using namespace holdfast;
using Strings = std::vector<std::string>;

namespace {

Strings findings(const std::string& body, const std::string& params = "database = param.database { help = 'x' }") {
    Strings ids;
    const std::string text = "return runbook { name = 'x', purpose = 'y', params = { " + params + " }, run = function(a)\n" + body + "\nend }";
    for (const Finding& finding : lint_runbook(text, "x.lua")) ids.push_back(fmt::format("{}@{}", finding.id, finding.place->line));
    return ids;
}

}  // namespace

TEST_CASE("shipped runbooks have nothing to find fault with", "[dsl][load][lint]") {
    for (const RunbookFile& file : runbook_files({fs::path(HOLDFAST_SOURCE_DIR) / "runbooks"})) {
        for (const Finding& finding : lint_runbook(read_text_file(file.file, 1 << 20), file.file)) {
            FAIL_CHECK(file.name << ":" << finding.place->line << ": " << finding.id << ": " << finding.message);
        }
    }
}

TEST_CASE("a new runbook loads and has nothing to find fault with", "[dsl][load][lint]") {
    const std::string text = new_runbook_text("wrong-import");
    CHECK(load_runbook_text(text, "wrong-import.lua").name == "wrong-import");
    for (const Finding& finding : lint_runbook(text, "wrong-import.lua")) FAIL_CHECK(finding.id << ": " << finding.message);
    CHECK_THROWS_AS(new_runbook_text("Wrong import"), Error);
    CHECK_THROWS_AS(new_runbook_text("../x"), Error);
}

TEST_CASE("names that are not known are found on every way", "[dsl][load][lint]") {
    CHECK(findings("if a.database == 'never' then step('x', find.pont { of = a.database }) end\nreturn done {}") == Strings{"unknown-name@2"});
    const auto found = lint_runbook("return runbook { name = 'x', purpose = 'y', run = function(a)\nstepp('x') return done {} end }", "x.lua");
    REQUIRE(found.size() == 2);   // The name, and the walk that met it.
    CHECK(found[0].fix == "Did you mean 'step'?");
    CHECK(found[0].place->excerpt == "stepp('x') return done {} end }");
}

TEST_CASE("an effect that no step gets is found", "[dsl][load][lint]") {
    CHECK(findings("find.point { of = a.database }\nreturn done {}") == Strings{"effect-not-used@2"});
}

TEST_CASE("a step that leaves something and has no undo is found", "[dsl][load][lint]") {
    CHECK(findings("local p = step('f', find.point { of = a.database })\nstep('r', restore.beside { point = p })\nreturn done {}") == Strings{"no-undo@3"});
}

TEST_CASE("a change without approval or backup is found also where only one answer leads to it", "[dsl][load][lint]") {
    const std::string head = "local p = step('f', find.point { of = a.database })\nlocal c = step('r', restore.beside { point = p }, { undo = drop.copy })\n"
                             "local l = step('c', compare.rows { old = c, new = a.database })\n";
    CHECK(findings(head + "if not (l.missing > 3) then step('m', merge.rows { from = l, into = a.database }, { undo = merge.reverse }) end\nreturn done {}") ==
          Strings{"no-approval@5", "no-safety-backup@5"});
    CHECK(findings(head + "step('b', backup.now { of = a.database })\napprove { 'go', into = a.database, shows = l }\n"
                          "step('m', merge.rows { from = l, into = a.database }, { undo = merge.reverse })\nreturn done {}").empty());
}

TEST_CASE("what a choice of a parameter leads to is looked at too", "[dsl][load][lint]") {
    CHECK(findings("if a.mode == 'b' then error('oh') end\nreturn done {}", "mode = param.one_of { 'a', 'b', default = 'a' }") == Strings{"runbook-error@2"});
    CHECK(findings("if a.force then return done {} end\nlocal x = a.nothing\nreturn done {}", "force = param.boolean { help = 'x' }") == Strings{"runbook-error@3"});
}

TEST_CASE("smaller things are notes and warnings", "[dsl][load][lint]") {
    CHECK(findings("local p = step('f', find.point { of = a.database })", "database = param.database {}") == Strings{"never-done@0", "no-help@1"});
    CHECK(lint_runbook("return runbook { name = 'y', purpose = 'y', run = function(a) return done {} end }", "x.lua").at(0).id == "name-differs");
}

TEST_CASE("a file that does not load has one finding at its place", "[dsl][load][lint]") {
    const auto found = lint_runbook("local x = \nreturn", "x.lua");
    REQUIRE_FALSE(found.empty());
    CHECK(found.back().id == "runbook-error");
    CHECK(found.back().place->line == 2);
}
