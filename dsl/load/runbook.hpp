// A runbook as it stands in its file: name, purpose, parameters. Loading runs only the file's top
// level in a sandbox, which can do nothing but fill tables; the body is run by dsl/run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dsl/lua/value.hpp"
#include "engine/base/file.hpp"

namespace holdfast {

// In the script: database, instant, list, one_of, text, integer, boolean, location, identifier, duration.
enum class ParameterType : std::uint8_t { Database, Moment, List, OneOf, Text, Integer, Boolean, Location, Identifier, Span };

struct ParameterDefinition {
    std::string name;                    // As the script says it: a.before
    ParameterType type = ParameterType::Text;
    std::string flag;                    // "--before"; lists may be given several times.
    std::string help;
    bool optional = false;               // May be left out; the script then sees nil (a list: empty).
    Value default_value;                 // Null: none.
    ParameterType of = ParameterType::Text;   // Lists: of what.
    std::vector<std::string> choices;    // one_of.
    int line = 0;
};

struct Runbook {
    std::string name;
    std::string purpose;
    std::vector<ParameterDefinition> params;   // In the order of the file.
    fs::path file;
    std::string text;
    std::string hash;                    // SHA-256 of the text, hex. A run is pinned to it.

    const ParameterDefinition* parameter(std::string_view name) const;
};

// Throws Error{BadRunbook} with file:line and the excerpt for anything wrong in it, including the use of effects that
// this build does not have.
Runbook load_runbook(const fs::path& file);
Runbook load_runbook_text(std::string text, const fs::path& file);

// The .lua files of the folders, first folder first; a name that stands in an earlier one hides later ones.
struct RunbookFile {
    std::string name;                    // The file's stem.
    fs::path file;
};
std::vector<RunbookFile> runbook_files(const std::vector<fs::path>& folders);
// Throws Error{Usage} with a suggestion.
Runbook find_runbook(const std::string& name, const std::vector<fs::path>& folders);

std::string_view name_of(ParameterType type);   // database, instant, list, one_of, …

}  // namespace holdfast
