#include <catch2/catch.hpp>

#include "engine/base/file.hpp"
#include "engine/catalog/catalog.hpp"
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

TEST_CASE_METHOD(CommandFixture, "evidence is signed by the command that makes it, and stays verifiable when the key is replaced", "[cli][evidence]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    REQUIRE(run({"drill", "total-failure", "--database", "orders"}).status == 0);
    const auto catalog = Catalog::open(folder / ".holdfast" / "catalog.db", clock);
    const auto kept = catalog->statements(clock.now() - std::chrono::hours(1), clock.now());
    REQUIRE(kept.size() == 2);
    CHECK(kept[0].kind == "drill");
    CHECK(kept[0].signed_at - kept[0].happened < std::chrono::minutes(1));

    const Ran changed = run({"keys", "new-evidence"});
    INFO(changed.out << changed.err);
    REQUIRE(changed.status == 0);
    CHECK(changed.says(kept[0].public_key));
    clock.advance(std::chrono::hours(2));
    REQUIRE(run({"drill", "total-failure", "--database", "orders"}).status == 0);
    const Ran exported = run({"comply", "evidence", "export", "--quarter", "2026-Q4", "--out", "q4.jsonl"});
    const auto at = exported.out.rfind("ed25519:");
    const std::string key = exported.out.substr(at, exported.out.find('\n', at) - at);
    CHECK(key != kept[0].public_key);
    const Ran verified = run({"evidence", "verify", "q4.jsonl", "--public-key", key});
    INFO(verified.out);
    CHECK(verified.status == 0);
    CHECK(verified.says("2 drills, 1 verification"));
    CHECK(verified.says("signed with 2 keys in the course of time"));
    CHECK_FALSE(verified.says("late:"));
    CHECK(run({"evidence", "verify", "q4.jsonl", "--public-key", kept[0].public_key}).status == 1);
    CHECK(run({"audit", "verify"}).status == 0);
}

TEST_CASE_METHOD(CommandFixture, "where the key cannot be used the work is done, said not to be signed, and signed later", "[cli][evidence]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    std::filesystem::permissions(folder / ".holdfast" / "evidence.key", std::filesystem::perms::group_read, std::filesystem::perm_options::add);
    clock.advance(std::chrono::minutes(1));
    REQUIRE(run({"drill", "total-failure", "--database", "orders"}).status == 0);
    CHECK(run({"comply", "evidence", "export", "--quarter", "2026-Q4", "--out", "q4.jsonl"}).complains("others may read this private key"));
    std::filesystem::permissions(folder / ".holdfast" / "evidence.key", std::filesystem::perms::group_read, std::filesystem::perm_options::remove);
    clock.advance(std::chrono::hours(2));
    const Ran exported = run({"comply", "evidence", "export", "--quarter", "2026-Q4", "--out", "q4.jsonl"});
    const auto at = exported.out.rfind("ed25519:");
    const Ran verified = run({"evidence", "verify", "q4.jsonl", "--public-key", exported.out.substr(at, exported.out.find('\n', at) - at)});
    CHECK(verified.says("1 drill, 1 verification"));
    CHECK(verified.says("late: 1 statement was signed more than an hour after what they tell of"));
}
