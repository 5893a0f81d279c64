#include "engine/policy/reference.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/language.hpp"

namespace holdfast {
namespace {

// A pipe would end the cell.
std::string cell(std::string text) {
    for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
    return text;
}

std::string need_text(const LanguageKey& key) {
    if (!key.fallback.empty()) return fmt::format("`{}`", key.fallback);
    switch (key.need) {
        case Need::Always: return "required";
        case Need::AfterExtends: return "required, may be inherited";
        case Need::OnceInFolder: return "required, in one of the files";
        case Need::Optional: return key.group.empty() ? "" : "one of them";
    }
    return {};
}

std::string row_of(const LanguageKey& key) {
    return fmt::format("| `{}` | {} | {} | {} | {} |\n", key.path, cell(key.advice), cell(describe(key)), need_text(key), key.example.empty() ? "" : fmt::format("`{}`", cell(key.example)));
}

std::string_view top_of(const LanguageKey& key) { return std::string_view(key.path).substr(0, key.path.find('.')); }

constexpr std::string_view kHead = "\n| key | what it says | value | default | example |\n|---|---|---|---|---|\n";

}  // namespace

std::string policy_reference() {
    std::string folder = fmt::format("### Of the whole folder\n{}", kHead), sections;
    std::string_view section;
    for (const LanguageKey& key : policy_language()) {
        const bool alone = policy_language_tree().below.at(std::string(top_of(key))).below.empty();
        if (alone) {
            folder += row_of(key);
            continue;
        }
        if (top_of(key) != section) {
            section = top_of(key);
            sections += fmt::format("\n### `{}`\n\n{}{}\n{}", section, key.advice, key.need == Need::OnceInFolder ? " Required, in one of the files." : "", kHead);
            if (key.words.empty()) continue;   // The heading has said it all.
        }
        sections += row_of(key);
    }
    return folder + sections;
}

}  // namespace holdfast
