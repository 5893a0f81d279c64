#include "engine/policy/schema.hpp"

#include <catch2/catch.hpp>

#include "engine/base/file.hpp"
#include "engine/base/process.hpp"
#include "tests/engine/policy/policy_text.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {
namespace {

const fs::path kSource(HOLDFAST_SOURCE_DIR);

// Python's jsonschema as the judge. YAML 1.2, as editors read it: `on` is a text and a date is a text.
constexpr std::string_view kJudge = R"(
import json, re, sys, yaml, jsonschema
class Core(yaml.SafeLoader): pass
Core.yaml_implicit_resolvers = {}
Core.add_implicit_resolver('tag:yaml.org,2002:bool', re.compile('^(true|false)$'), list('tf'))
Core.add_implicit_resolver('tag:yaml.org,2002:int', re.compile('^-?(0|[1-9][0-9]*)$'), list('-0123456789'))
Core.add_implicit_resolver('tag:yaml.org,2002:null', re.compile('^(~|null|)$'), ['~', 'n', ''])
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
for name in sys.argv[2:]:
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(yaml.load(open(name), Core)), key=lambda e: list(map(str, e.path)))
    for e in errors: print('.'.join(map(str, e.path)) or '(root)')
)";

ProcessResult judge(const TemporaryFolder& folder, const std::vector<std::string>& files) {
    write_file_durably(folder / "schema.json", as_bytes(policy_schema()));
    write_file_durably(folder / "judge.py", as_bytes(kJudge));
    std::vector<std::string> argv{"/usr/bin/python3", folder / "judge.py", folder / "schema.json"};
    argv.insert(argv.end(), files.begin(), files.end());
    return run_process(argv);
}

TEST_CASE("the schema is a valid one and accepts the policy of a whole company", "[policy][schema]") {
    const TemporaryFolder folder;
    const fs::path fixtures = kSource / "policies/examples/acme";
    write_file_durably(folder / "small.yaml", as_bytes(policy_of({})));
    const ProcessResult result = judge(folder, {fixtures / "acme.yaml", fixtures / "waivers.yaml", kSource / "policies/starter.yaml", folder / "small.yaml"});
    INFO(result.errors);
    CHECK(result.exit_status == 0);
    CHECK(result.output == "");
}

TEST_CASE("the schema refuses what the parser refuses", "[policy][schema]") {
    const TemporaryFolder folder;
    const std::string text =
        "version: 2\ncompresion: zstd\nencryption: { key: hunter2 }\n"
        "environments: { main: { rpo: 15, copies: [], floor: { encrypted: yes } } }\n"
        "policies: { p: { backups: { full: { cron: x, every: 1h } } }, q: { backups: { log: continous } } }\n"
        "databases: { notes: { engine: sqllite, environment: main } }\n"
        "drills: { d: { databases: all, cron: x, every: 1d, runbook: r } }\n";
    write_file_durably(folder / "bad.yaml", as_bytes(text));
    const ProcessResult result = judge(folder, {folder / "bad.yaml"});
    INFO(result.errors);
    CHECK(result.exit_status == 0);
    CHECK(result.output ==
          "(root)\ndatabases\ndrills\nencryption\nenvironments\npolicies\nversion\n");
}

TEST_CASE("the schema beside the ready policies is the one of this build", "[policy][schema]") { check_against_file(kSource / "policies" / "policy.schema.json", policy_schema()); }

}  // namespace
}  // namespace holdfast
