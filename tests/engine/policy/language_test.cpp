#include "engine/policy/language.hpp"

#include <catch2/catch.hpp>

#include <set>

#include "tests/engine/policy/policy_text.hpp"

namespace holdfast {
namespace {

TEST_CASE("every key of the language says what it is", "[policy][language]") {
    std::set<std::string> paths;
    for (const LanguageKey& key : policy_language()) {
        INFO(key.path);
        CHECK(paths.insert(key.path).second);
        CHECK(key.advice.ends_with('.'));
        CHECK_FALSE(describe(key).empty());
        const bool branch = key.kind == ValueKind::Map || key.kind == ValueKind::Names || key.kind == ValueKind::List;
        CHECK((branch || !key.example.empty()));
        const bool worded = key.kind == ValueKind::Word || key.kind == ValueKind::Words;
        CHECK((!worded || !key.words.empty()));
        const auto dot = key.path.rfind('.');
        CHECK((dot == std::string::npos || paths.contains(key.path.substr(0, dot))));
    }
}

TEST_CASE("what a key refers to is a key of the language", "[policy][language]") {
    for (const LanguageKey& key : policy_language()) {
        if (key.refers_to.empty()) continue;
        INFO(key.path);
        const LanguageKey* target = find_language_key({key.refers_to});
        REQUIRE(target != nullptr);
        CHECK(target->kind == ValueKind::Names);
    }
}

TEST_CASE("a path of the language is found with names of one's own", "[policy][language]") {
    REQUIRE(find_language_key({"databases", "orders", "path"}) != nullptr);
    CHECK(find_language_key({"databases", "orders", "path"})->kind == ValueKind::Path);
    CHECK(find_language_key({"databases", "orders", "paths"}) == nullptr);
    CHECK(find_language_key({"version", "x"}) == nullptr);
}

TEST_CASE("words of the language are those of the model", "[policy][language]") {
    const auto words_at = [](const std::vector<std::string>& path) { return find_language_key(path)->words; };
    for (const std::string& word : words_at({"databases", "*", "engine"})) CHECK(parse_engine_kind(word));
    for (const BackupKind kind : {BackupKind::Full, BackupKind::Incremental, BackupKind::Log, BackupKind::Logical}) {
        CHECK(find_language_key({"policies", "*", "backups", std::string(name_of(kind))}) != nullptr);
    }
    CHECK(words_at({"policies", "*", "verify", "after_backup"}) == std::vector<std::string>{std::string(name_of(VerifyDepth::None)), std::string(name_of(VerifyDepth::Checksum)), std::string(name_of(VerifyDepth::Restore))});
    CHECK(words_at({"stores", "*", "lock", "mode"}) == std::vector<std::string>{std::string(name_of(LockMode::Governance)), std::string(name_of(LockMode::Compliance))});
    CHECK(words_at({"people", "*", "roles"}) == std::vector<std::string>{std::string(name_of(Role::Operator)), std::string(name_of(Role::Approver)), std::string(name_of(Role::Auditor))});
}

}  // namespace
}  // namespace holdfast
