#include "engine/policy/reference.hpp"

#include <catch2/catch.hpp>

#include "engine/policy/language.hpp"
#include "tests/support/golden.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kBegin = "<!-- generated: begin -->\n", kEnd = "<!-- generated: end -->\n";

TEST_CASE("the reference in the README is generated from the language", "[policy][reference]") {
    const std::filesystem::path path = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "policies" / "README.md";
    const std::string text = text_of_file(path);
    const auto begin = text.find(kBegin), end = text.find(kEnd);
    REQUIRE(begin != std::string::npos);
    REQUIRE(end != std::string::npos);
    check_against_file(path, text.substr(0, begin) + std::string(kBegin) + policy_reference() + text.substr(end));
}

TEST_CASE("every key of the language stands in the reference", "[policy][reference]") {
    const std::string reference = policy_reference();
    for (const LanguageKey& key : policy_language()) {
        const bool heading = key.path.find('.') == std::string::npos;
        INFO(key.path);
        CHECK(reference.find("`" + key.path + "`") != std::string::npos);
        CHECK((heading || reference.find(key.advice.substr(0, 20)) != std::string::npos));
    }
}

}  // namespace
}  // namespace holdfast
