// Collects what is wrong with a policy folder, with places and excerpts. Bounded: a file that is wrong in
// a hundred thousand ways yields a thousand problems and the number of the others.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/finding.hpp"
#include "engine/policy/tree.hpp"

namespace holdfast {

inline constexpr std::size_t kPolicyProblemsMax = 1000;

class SourceText {
public:
    SourceText(std::string name, std::string text);
    const std::string& name() const { return name_; }
    const std::string& text() const { return text_; }
    // The line as written, without its end; empty where there is no such line.
    std::string_view line(std::int32_t number) const;

private:
    std::string name_, text_;
    std::vector<std::uint32_t> starts_;   // Offset of each line.
};
using SourceTexts = std::vector<SourceText>;

// Returns the place as people and programs see it. The excerpt is made printable and shortened; that of a
// line in `secret_lines` (file, line) is withheld.
using SecretLines = std::set<std::pair<std::int32_t, std::int32_t>>;
SourcePlace source_place(const SourceTexts& sources, TextPlace place, const SecretLines& secret_lines = {});

class Problems {
public:
    // What one problem says, apart from where.
    struct Text {
        std::string id;
        std::string message;
        std::string fix;
        std::string subject = {};
        Severity severity = Severity::Error;
    };
    void add(TextPlace at, Text text);
    // A problem of a whole file, whose name is given because it may never have been read.
    void add_for_file(std::string file, Text text);
    bool has(std::string_view id) const;
    // Whom the problems that follow are about, where they do not say it themselves.
    void set_subject(std::string subject) { subject_ = std::move(subject); }
    // The line holds what should not be in a policy: no problem shows it.
    void withhold(TextPlace line) { secret_lines_.insert({line.file, line.line}); }
    const SecretLines& withheld() const { return secret_lines_; }

    // "Did you mean `retention`?", or an empty text. Gives up quietly once it has cost too much.
    std::string did_you_mean(std::string_view wrong, std::span<const std::string> candidates);

    // Sorted by place; what has no place comes last.
    std::vector<Finding> findings(const SourceTexts& sources) const;

private:
    struct Entry {
        TextPlace at;
        std::string file;
        Text text;
    };
    std::vector<Entry> entries_;
    std::size_t dropped_ = 0;
    std::size_t suggestion_effort_ = 0;
    SecretLines secret_lines_;
    std::string subject_;
};

}  // namespace holdfast
