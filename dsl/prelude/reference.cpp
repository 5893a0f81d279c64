// The reference of the language as Markdown, made from the same table that the checks use.
#include "dsl/prelude/surface.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string cell(std::string text) {
    std::string escaped;
    for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
    return escaped;
}

std::string argument_text(const ArgumentSpec& argument) {
    const std::string choices = argument.choices.empty() ? "" : ": " + join(argument.choices, ", ");
    return fmt::format("`{}` ({}{}{}) {}", argument.name, argument.type, choices, argument.required ? "" : "; optional", argument.help);
}

std::string effect_row(const EffectSpec& effect) {
    std::vector<std::string> arguments;
    for (const ArgumentSpec& argument : effect.arguments) arguments.push_back(argument_text(argument));
    std::string sentence = effect.sentence;
    if (!effect.writes_live.empty()) sentence += "; wants a safety backup and an approval before it";
    if (!effect.wants_approval.empty()) sentence += "; wants an approval before it";
    if (!effect.not_available.empty()) sentence += fmt::format(" (**not available in this build**: {})", effect.not_available);
    return fmt::format("| `{}` | {} | {} | {} | {} |\n", effect.name, name_of(effect.kind), cell(join(arguments, "<br>")), effect.result,
                       cell(sentence));
}

}  // namespace

std::string reference_of(const Surface& surface) {
    std::string text = "### Words\n\n| word | form | meaning |\n|---|---|---|\n";
    for (const WordSpec& word : surface.words) {
        text += fmt::format("| `{}` | `{}` | {} |\n", word.name, cell(word.form), cell(word.help));
    }
    text += "\n### Effects\n\n| effect | kind | arguments | result | what it does |\n|---|---|---|---|---|\n";
    for (const EffectSpec& effect : surface.effects) text += effect_row(effect);
    text += "\n### Results\n\n| type | fields |\n|---|---|\n";
    for (const RecordSpec& record : surface.records) {
        std::vector<std::string> fields;
        for (const FieldSpec& field : record.fields) {
            fields.push_back(fmt::format("`{}` ({}){}{}", field.name, field.type, field.help.empty() ? "" : " ", field.help));
        }
        text += fmt::format("| `{}`: {} | {} |\n", record.type, record.help, cell(join(fields, "<br>")));
    }
    return text;
}

}  // namespace holdfast
