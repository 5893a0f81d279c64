#include "dsl/load/parameters.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;
using Strings = std::vector<std::string>;

namespace {

struct World {
    Policy policy;
    Runbook runbook;

    explicit World(const std::string& params) {
        add("orders");
        runbook = load_runbook_text("return runbook { name = 'x', purpose = 'y', params = {\n" + params + "\n}, run = function(a) end }", "x.lua");
    }
    void add(const std::string& name) {
        DatabaseSpec spec;
        spec.name = DatabaseName(name);
        policy.databases.push_back(spec);
    }
    Value read(const Strings& arguments) const {
        return read_parameters(runbook, split_arguments(runbook, arguments), {policy, [](const std::string& text) {
                                   const auto at = parse_rfc3339(text);
                                   if (!at) throw Error(ErrorCode::Usage, "'" + text + "' is no instant");
                                   return *at;
                               }});
    }
    std::string complaint(const Strings& arguments) const {
        try {
            return "read: " + for_people(read(arguments));
        } catch (const Error& error) {
            CHECK(error.code == ErrorCode::Usage);
            return error.message + " " + error.hint;
        }
    }
};

}  // namespace

TEST_CASE("parameters are read by their types", "[dsl][load]") {
    const World world("database = param.database {}, before = param.instant {},\n"
                      "tables = param.list { of = 'identifier', flag = '--table', optional = true },\n"
                      "mode = param.one_of { 'merge', 'side-by-side', default = 'merge' },\nforce = param.boolean {},\n"
                      "count = param.integer { default = 3 }, wait = param.duration { default = '5m' }");
    const Value read = world.read({"--before", "2026-11-20T14:05:00Z", "--table", "orders", "--table=items", "--force", "--count", "-7"});
    CHECK(for_people(read.field("database")) == "orders");
    CHECK(for_people(read.field("before")) == "2026-11-20T14:05:00Z");
    CHECK(for_people(read.field("tables")) == "orders, items");
    CHECK(for_people(read.field("mode")) == "merge");
    CHECK(for_people(read.field("force")) == "true");
    CHECK(read.field("count").integer_or(0) == -7);
    CHECK(for_people(read.field("wait")) == "5m");
    CHECK(same_value(world.read({"--before", "2026-11-20T14:05:00Z"}).field("tables"), ValueList{}));
}

TEST_CASE("what is wrong with an argument is said with what is right", "[dsl][load]") {
    World world("database = param.database {}, before = param.instant { help = 'a moment before' },\n"
                "mode = param.one_of { 'merge', 'side-by-side', default = 'merge' }, n = param.integer { optional = true }");
    const std::string before = "--before=2026-11-20T14:05:00Z";
    CHECK_THAT(world.complaint({}), Contains("--before is missing: a moment before") && Contains("runbook run x --help"));
    CHECK_THAT(world.complaint({"--befor", "x"}), Contains("no parameter '--befor'") && Contains("Did you mean --before?"));
    CHECK_THAT(world.complaint({"--before"}), Contains("--before wants a value"));
    CHECK_THAT(world.complaint({"--before", "soon"}), Contains("--before: 'soon' is no instant"));
    CHECK_THAT(world.complaint({before, before}), Contains("is given twice"));
    CHECK_THAT(world.complaint({before, "--mode", "mrge"}), Contains("'mrge' is not one of merge, side-by-side") && Contains("Did you mean 'merge'?"));
    CHECK_THAT(world.complaint({before, "--n", "7x"}), Contains("no whole number"));
    CHECK_THAT(world.complaint({before, "--database", "order"}), Contains("Did you mean 'orders'?"));
    CHECK_THAT(world.complaint({before, "stray"}), Contains("no parameter 'stray'"));
    world.add("items");
    CHECK_THAT(world.complaint({before}), Contains("--database is missing") && Contains("orders, items"));
}

TEST_CASE("the help of a runbook is that of its parameters", "[dsl][load]") {
    const World world("database = param.database { help = 'what to repair' }, before = param.instant { help = 'a moment' },\n"
                      "mode = param.one_of { 'a', 'b', default = 'a', help = 'how' }");
    CHECK(parameter_help(world.runbook) ==
          "  --database database  what to repair\n"
          "  --before instant     a moment (required)\n"
          "  --mode a|b           how [a]\n");
}
