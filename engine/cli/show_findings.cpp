#include "engine/cli/show_findings.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string coloured_severity(Severity severity, const Style& style) {
    const std::string name(name_of(severity));
    if (severity == Severity::Error) return style.bad(name);
    return severity == Severity::Warning ? style.doubtful(name) : style.faint(name);
}

std::string place_text(const Finding& finding) {
    if (!finding.place) return finding.subject.empty() ? "" : finding.subject + ": ";
    if (finding.place->line == 0) return finding.place->file + ": ";
    return fmt::format("{}:{}:{}: ", finding.place->file, finding.place->line, finding.place->column);
}

// The line as written, with a mark where the place is; tabs become one blank so that the mark stands right.
std::string excerpt_text(const SourcePlace& place, const Style& style) {
    if (place.excerpt.empty() || place.line == 0) return "";
    std::string line = place.excerpt;
    std::replace(line.begin(), line.end(), '\t', ' ');
    const std::string number = std::to_string(place.line);
    std::string text = fmt::format("  {} | {}\n", style.faint(number), printable(line, 160));
    const std::size_t column = place.column > 0 ? static_cast<std::size_t>(place.column) - 1 : 0;
    if (column < line.size()) text += fmt::format("  {} | {}{}\n", std::string(number.size(), ' '), std::string(column, ' '), style.bad("^"));
    return text;
}

}  // namespace

std::string findings_text(std::span<const Finding> findings, const Style& style) {
    std::string all;
    for (const Finding& finding : findings) {
        all += fmt::format("{}{}: {} {}\n", style.strong(place_text(finding)), coloured_severity(finding.severity, style),
                           printable(finding.message, 400), style.faint(fmt::format("[{}]", finding.id)));
        if (finding.place) all += excerpt_text(*finding.place, style);
        if (!finding.fix.empty()) all += fmt::format("  {}\n", printable(finding.fix, 400));
    }
    return all;
}

}  // namespace holdfast
