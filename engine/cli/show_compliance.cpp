#include "engine/cli/show_compliance.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/show_findings.hpp"

namespace holdfast {
namespace {

std::string state_text(ControlState state, const Style& style) {
    switch (state) {
        case ControlState::Met: return style.good("met");
        case ControlState::NotMet: return style.bad("NOT MET");
        case ControlState::Waived: return style.doubtful("waived");
        case ControlState::NotJudged: return style.doubtful("not judged");
    }
    return {};
}

std::string controls_text(const Compliance& compliance, const Style& style) {
    Table table({{"CONTROL"}, {""}, {"FINDINGS", Table::Align::Right}, {"WAIVED", Table::Align::Right}, {"WHAT"}});
    for (const JudgedControl& one : compliance.controls) {
        table.add({one.control.id, state_text(one.state, style), one.findings > 0 ? format_count(one.findings) : "", one.waived > 0 ? format_count(one.waived) : "", one.control.title});
    }
    return fmt::format("\n{}\n{}", style.strong(compliance.framework->title), table.text(style));
}

std::string waived_text(const Compliance& compliance, const Style& style) {
    std::string text;
    for (const WaivedFinding& waived : compliance.waived) {
        text += style.faint(fmt::format("waived until {}: {} {} ({})", to_rfc3339(Instant(waived.waiver.until)).substr(0, 10), waived.finding.id, waived.finding.subject, printable(waived.waiver.because, 120))) + "\n";
    }
    return text;
}

std::string not_judged_text(const Compliance& compliance, const Style& style) {
    std::string text;
    for (const JudgedCheck& check : compliance.checks) {
        if (!check.not_judged.empty()) text += style.faint(fmt::format("not judged: {}, {}", check.id, check.not_judged)) + "\n";
    }
    return text;
}

}  // namespace

std::vector<Finding> with_subjects(const std::vector<Finding>& findings) {
    std::vector<Finding> named = findings;
    for (Finding& finding : named) {
        if (!finding.subject.empty()) finding.message = finding.subject + ": " + finding.message;
    }
    return named;
}

std::string compliance_text(const Compliance& compliance, Console& console) {
    const Style& style = console.style();
    std::string text = findings_text(with_subjects(compliance.findings), style);
    if (console.quiet()) return text;
    text += waived_text(compliance, style) + not_judged_text(compliance, style);
    if (compliance.framework) text += controls_text(compliance, style);
    const std::string what = fmt::format("{} and {}, as of {}", counted(compliance.databases, "database"), counted(compliance.checks.size(), "check"), console.local_and_utc(compliance.as_of));
    if (!compliance.policy.said.empty()) text += style.faint(compliance.policy.said) + "\n";
    if (compliance.errors > 0) text += fmt::format("\n{} {}, {} in {}.\n", style.bad("not ok:"), counted(compliance.errors, "error"), counted(compliance.warnings, "warning"), what);
    else if (compliance.warnings > 0) text += fmt::format("\n{} {} in {}.\n", style.doubtful("not quite:"), counted(compliance.warnings, "warning"), what);
    else text += fmt::format("\n{} nothing falls short in {}.\n", style.good("ok:"), what);
    return text;
}

}  // namespace holdfast
