// One command as data: its words, options and help, and the function that does it. The tables of these
// (commands.hpp) feed the parser, --help, the reference in README.md and shell completion.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

class Console;

// What a value may be, for completion.
enum class Completes : std::uint8_t { Nothing, File, Folder, Database, Environment, Point, Run, Book, Words };

struct Option {
    std::string_view name;               // "--until"
    std::string_view value{};            // "DATE"; empty: a flag.
    std::string_view help{};
    bool repeated = false;               // May be given several times.
    Completes completes = Completes::Nothing;
    std::string_view words{};            // Completes::Words: "text json", and no other value is taken.
    std::string_view letter{};           // "-q"
};

struct Positional {
    std::string_view name;               // "DATABASE"
    std::string_view help{};
    bool required = true;
    bool repeated = false;
    Completes completes = Completes::Nothing;
    std::string_view words{};
};

class Arguments {
public:
    void put(std::string_view name, std::vector<std::string> values);
    bool has(std::string_view name) const;
    // Requires has(name).
    const std::string& text(std::string_view name) const;
    std::optional<std::string> maybe(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;

    std::vector<std::string> more;       // What a command with `takes_more` was given beyond its table.

private:
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

enum class Attests : std::uint8_t { Nothing, Record, Approvals };   // Drills and verifications; answers to approvals as well.

struct Command {
    std::string_view path;               // "catalog show"
    std::string_view summary;            // One line, for lists.
    std::string_view description{};      // What it does, for --help.
    std::vector<Positional> positionals{};
    std::vector<Option> options{};
    std::vector<std::string_view> examples{};
    bool finds = false;                  // Its result is findings: --format also takes junit and sarif.
    bool has_markdown = false;           // … and markdown.
    bool takes_more = false;             // Further options belong to something else (a runbook's parameters).
    bool hidden = false;
    Attests attests = Attests::Nothing;  // What comes of it is signed at its end.
    // Returns the exit status. Failures are Error.
    int (*run)(Console& console, const Arguments& arguments) = nullptr;
};

// Options that every command takes: --policies, --format, --quiet, --verbose, --help.
std::span<const Option> options_of_every_command();
// "text json", with junit and sarif, with markdown.
std::string_view formats_of(const Command& command);

}  // namespace holdfast
