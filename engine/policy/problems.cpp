#include "engine/policy/problems.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kExcerptColumns = 160;
constexpr std::size_t kSuggestionEffortMax = 30'000'000;   // Cells of edit distance: well under half a second.

// Shortens at a whole character, so that the excerpt stays valid UTF-8.
std::string excerpt_of(std::string_view line) {
    std::size_t end = std::min(line.size(), kExcerptColumns);
    while (end < line.size() && end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
    std::string text = printable(line.substr(0, end), kExcerptColumns * 4);
    return end < line.size() ? text + "…" : text;
}

}  // namespace

SourceText::SourceText(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
    starts_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1)) {
        starts_.push_back(static_cast<std::uint32_t>(at + 1));
    }
}

std::string_view SourceText::line(std::int32_t number) const {
    if (number < 1 || static_cast<std::size_t>(number) > starts_.size()) return {};
    const std::size_t begin = starts_[static_cast<std::size_t>(number) - 1];
    std::string_view line = std::string_view(text_).substr(begin);
    line = line.substr(0, line.find('\n'));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    return line;
}

SourcePlace source_place(const SourceTexts& sources, TextPlace place, const SecretLines& secret_lines) {
    const SourceText& source = sources.at(static_cast<std::size_t>(place.file));
    const bool secret = secret_lines.contains({place.file, place.line});
    return {.file = source.name(), .line = place.line, .column = place.column,
            .excerpt = secret ? "(not shown: it holds a secret)" : excerpt_of(source.line(place.line))};
}

void Problems::add(TextPlace at, Text text) {
    if (entries_.size() >= kPolicyProblemsMax) {
        ++dropped_;
        return;
    }
    if (text.subject.empty()) text.subject = subject_;
    entries_.push_back({at, {}, std::move(text)});
}

void Problems::add_for_file(std::string file, Text text) {
    add({}, std::move(text));
    if (dropped_ == 0) entries_.back().file = std::move(file);
}

bool Problems::has(std::string_view id) const {
    return std::ranges::any_of(entries_, [&](const Entry& entry) { return entry.text.id == id; });
}

std::string Problems::did_you_mean(std::string_view wrong, std::span<const std::string> candidates) {
    if (wrong.size() > 100) return {};
    std::vector<std::string> near;   // Those of about its length: the others are too many edits away anyway.
    for (const std::string& candidate : candidates) {
        if (suggestion_effort_ > kSuggestionEffortMax) return {};
        const std::size_t longer = std::max(wrong.size(), candidate.size());
        const std::size_t differs = longer - std::min(wrong.size(), candidate.size());
        ++suggestion_effort_;
        if (differs > std::max<std::size_t>(1, longer / 3)) continue;
        suggestion_effort_ += wrong.size() * candidate.size();
        near.push_back(candidate);
    }
    const std::optional<std::string> match = closest_match(wrong, near);
    return match ? fmt::format("Did you mean `{}`?", printable(*match, 100)) : std::string();
}

std::vector<Finding> Problems::findings(const SourceTexts& sources) const {
    std::vector<const Entry*> order;
    for (const Entry& entry : entries_) order.push_back(&entry);
    const auto file_of = [&](const Entry& entry) {
        return entry.at.nowhere() ? entry.file : sources.at(static_cast<std::size_t>(entry.at.file)).name();
    };
    std::ranges::stable_sort(order, [&](const Entry* a, const Entry* b) {
        const std::string left = file_of(*a), right = file_of(*b);
        return std::tuple(left.empty(), left, a->at.line, a->at.column) < std::tuple(right.empty(), right, b->at.line, b->at.column);
    });
    std::vector<Finding> found;
    for (const Entry* entry : order) {
        Finding finding{.id = entry->text.id, .severity = entry->text.severity, .place = std::nullopt,
                        .subject = entry->text.subject, .message = entry->text.message, .fix = entry->text.fix};
        if (!entry->at.nowhere()) finding.place = source_place(sources, entry->at, secret_lines_);
        else if (!entry->file.empty()) finding.place = SourcePlace{.file = entry->file, .line = 0, .column = 0, .excerpt = {}};
        found.push_back(std::move(finding));
    }
    if (dropped_ > 0) {
        found.push_back({.id = "too-many-problems", .severity = Severity::Error, .place = std::nullopt, .subject = {},
                         .message = fmt::format("{} more are not shown", counted(dropped_, "problem")),
                         .fix = "Mend the first ones and check again."});
    }
    return found;
}

}  // namespace holdfast
