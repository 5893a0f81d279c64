#include <catch2/catch.hpp>

#include "engine/base/file.hpp"
#include "tests/support/command_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "evidence of a quarter is exported once and verified anywhere", "[cli][evidence]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    REQUIRE(run({"drill", "total-failure", "--database", "orders"}).status == 0);
    const Ran exported = run({"comply", "evidence", "export", "--quarter", "2026-Q4", "--out", "q4.jsonl"});
    INFO(exported.out << exported.err);
    REQUIRE(exported.status == 0);
    CHECK(exported.says("2 statements in "));
    const auto at = exported.out.rfind("ed25519:");
    const std::string key = exported.out.substr(at, exported.out.find('\n', at) - at);
    write("key.txt", key + "\n");
    std::filesystem::remove_all(folder / "policies");
    const Ran verified = run({"evidence", "verify", "q4.jsonl", "--public-key", "key.txt"});
    INFO(verified.out << verified.err);
    CHECK(verified.status == 0);
    CHECK(verified.says("1 drill, 1 verification, 0 approvals; 0 of them failed."));
    CHECK(run({"evidence", "verify", "q4.jsonl", "--public-key", key, "--format", "json"}).says("\"ok\": true"));
    std::string text = read_text_file(folder / "q4.jsonl", 1 << 20);
    text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
    write("q4.jsonl", text);
    const Ran broken = run({"evidence", "verify", "q4.jsonl", "--public-key", key});
    CHECK(broken.status == 1);
    CHECK(broken.says("This evidence proves nothing."));
    CHECK(run({"evidence", "verify", "q4.jsonl"}).status == 64);
}

TEST_CASE_METHOD(CommandFixture, "which time evidence is of must be said", "[cli][evidence]") {
    set_up();
    for (const char* wrong : {"2026", "2026-Q5", "2026-Q", "Q4-2026"}) CHECK(run({"comply", "evidence", "export", "--quarter", wrong}).status == 64);
    CHECK(run({"comply", "evidence", "export"}).status == 64);
    CHECK(run({"comply", "evidence", "import", "--quarter", "2026-Q4"}).status == 64);
    CHECK(run({"comply", "evidence", "export", "--from-time", "2026-11-01 00:00", "--out", "e.jsonl"}).says("0 statements in "));
    CHECK(run({"comply", "evidence", "export", "--from-time", "2026-11-01 00:00", "--out", "e.jsonl"}).complains("is there already"));
}
