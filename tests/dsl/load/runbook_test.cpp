#include "dsl/load/runbook.hpp"

#include <catch2/catch.hpp>

#include "dsl/load/declarations.hpp"
#include "engine/base/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

const fs::path kShipped = fs::path(HOLDFAST_SOURCE_DIR) / "runbooks";

std::string wrapped(const std::string& params, const std::string& body = "return done {}") {
    return "return runbook {\n  name = \"x\", purpose = \"try\",\n  params = {\n" + params + "\n  },\n  run = function(a) " + body + " end,\n}\n";
}

std::string complaint(const std::string& text) {
    try {
        load_runbook_text(text, "x.lua");
        return "";
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::BadRunbook);
        return error.message;
    }
}

}  // namespace

TEST_CASE("accidental-deletion is loaded as it is shipped", "[dsl][load]") {
    const Runbook runbook = load_runbook(kShipped / "accidental-deletion.lua");
    CHECK(runbook.name == "accidental-deletion");
    CHECK(runbook.purpose == "Bring deleted rows back without disturbing what is still good");
    CHECK(runbook.hash.size() == 64);
    REQUIRE(runbook.params.size() == 4);
    CHECK(runbook.params[0].name == "database");
    CHECK(runbook.params[0].flag == "--database");
    CHECK(runbook.params[1].type == ParameterType::Moment);
    CHECK(runbook.params[2].flag == "--table");
    CHECK(runbook.params[2].of == ParameterType::Identifier);
    CHECK(runbook.params[2].optional);
    CHECK(runbook.params[3].choices == std::vector<std::string>{"merge", "side-by-side"});
    CHECK(for_people(runbook.params[3].default_value) == "merge");
    CHECK(runbook.parameter("mode") == &runbook.params[3]);
    CHECK(runbook.parameter("moed") == nullptr);
}

TEST_CASE("every runbook that is shipped loads", "[dsl][load]") {
    const auto files = runbook_files({kShipped});
    REQUIRE_FALSE(files.empty());
    for (const RunbookFile& file : files) {
        INFO(file.file);
        CHECK(load_runbook(file.file).name == file.name);
    }
}

TEST_CASE("what is wrong with a declaration is said at its line", "[dsl][load]") {
    CHECK_THAT(complaint("return runbook {"), Contains("x.lua:1:"));
    CHECK_THAT(complaint("return 7"), Contains("x.lua: the file does not return a runbook"));
    CHECK_THAT(complaint("return runbook { name = 'x', purpose = 'y' }"), Contains("x.lua:1: a runbook has a body"));
    CHECK_THAT(complaint("return runbook { name = 'X y', purpose = 'y', run = function() end }"), Contains("lower case letters"));
    CHECK_THAT(complaint("return runbook { nam = 'x' }"), Contains("did you mean 'name'?"));
    CHECK_THAT(complaint(wrapped("d = param.txt {}")), Contains("x.lua:4: unknown name 'param.txt'; did you mean 'param.text'?"));
    CHECK_THAT(complaint(wrapped("d = param.text { hlp = 'x' }")), Contains("did you mean 'help'?"));
    CHECK_THAT(complaint(wrapped("m = param.one_of { 'a', 'b', default = 'c' }")), Contains("x.lua:4: the default of param.one_of is one of a, b"));
    CHECK_THAT(complaint(wrapped("m = param.one_of { 'a' }")), Contains("two choices or more"));
    CHECK_THAT(complaint(wrapped("m = param.integer { default = 1.5 }")), Contains("whole number"));
    CHECK_THAT(complaint(wrapped("m = param.duration { default = '45' }")), Contains("with its unit"));
    CHECK_THAT(complaint(wrapped("plan = param.text {}")), Contains("a flag of the command itself"));
    CHECK_THAT(complaint(wrapped("a = param.text {}, b = param.text { flag = '--a' }")), Contains("two parameters want the flag --a"));
    CHECK_THAT(complaint(wrapped("a = 7")), Contains("parameter 'a' wants a declaration"));
    CHECK_THAT(complaint("find.point { of = 'orders' }\nreturn runbook { name = 'x', purpose = 'y', run = function() end }"),
               Contains("x.lua:1: effects belong inside `run`"));
    CHECK_THAT(complaint("step('x', find.point { of = 'orders' })"), Contains("x.lua:1: 'step' can be used only inside `run`"));
    CHECK_THAT(complaint("while true do end"), Contains("x.lua:1: the script was stopped"));
}

TEST_CASE("parameters keep the order of the file", "[dsl][load]") {
    const Runbook runbook = load_runbook_text(wrapped("zebra = param.text {},\nant = param.text {},\nmule_kick = param.boolean {}"), "x.lua");
    REQUIRE(runbook.params.size() == 3);
    CHECK(runbook.params[0].name == "zebra");
    CHECK(runbook.params[1].name == "ant");
    CHECK(runbook.params[2].flag == "--mule-kick");
}

TEST_CASE("a runbook is found by name and the first folder wins", "[dsl][load]") {
    const TemporaryFolder mine;
    std::string text = wrapped("");
    text.replace(text.find("\"x\""), 3, "\"accidental-deletion\"");
    write_file_durably(mine / "accidental-deletion.lua", as_bytes(text));
    CHECK(find_runbook("accidental-deletion", {mine.path(), kShipped}).purpose == "try");
    CHECK(runbook_files({mine.path(), kShipped, mine / "none"}).size() == runbook_files({kShipped}).size());
    try {
        find_runbook("acidental-deletion", {kShipped});
        FAIL();
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Usage);
        CHECK(error.hint == "Did you mean 'accidental-deletion'?");
    }
}
