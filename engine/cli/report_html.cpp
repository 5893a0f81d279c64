#include "engine/cli/report_html.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/markup.hpp"
#include "engine/cli/timeline_svg.hpp"
#include "engine/operations/markdown.hpp"

namespace holdfast {
namespace {

constexpr const char* kStyle =
    ":root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --page: #ffffff; --band: #f6f8fa;\n"
    "  --good: #1a7f37; --bad: #cf222e; --doubt: #9a6700; }\n"
    "@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9198a1; --line: #3d444d; --page: #0d1117; --band: #151b23;\n"
    "  --good: #3fb950; --bad: #f85149; --doubt: #d29922; } }\n"
    "body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }\n"
    "h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }\n"
    ".soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); }\n"
    ".tiles { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.2rem 0; }\n"
    ".tile { flex: 1 1 8rem; box-sizing: border-box; border: 1px solid var(--line); border-radius: 8px; padding: .7rem 1rem; background: var(--band); }\n"
    ".tile b { display: block; font-size: 1.7rem; line-height: 1.2; }\n"
    ".wide { overflow-x: auto; } .wide svg { display: block; width: 100%; height: auto; min-width: 62rem; }\n"
    "table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .4rem .7rem .4rem 0; border-bottom: 1px solid var(--line); }\n"
    "th { font-weight: 600; color: var(--soft); font-size: .85rem; } td b { font-weight: 600; white-space: nowrap; } td.fit { white-space: nowrap; }\n"
    "@media (max-width: 40rem) { body { padding: 1rem; } .findings tr, .findings td { display: block; border: 0; padding: 0; }\n"
    "  .findings tr { border-bottom: 1px solid var(--line); padding: .6rem 0; } .findings th { display: none; } }\n"
    "@media print { body { max-width: none; } .wide { overflow: visible; } tr { break-inside: avoid; } }\n";

std::string tile(std::size_t count, std::string_view what, std::string_view colour) {
    return fmt::format("<div class=\"tile\"><b class=\"{}\">{}</b>{}</div>\n", count > 0 ? colour : "soft", format_count(count), what);
}

std::string_view colour_of(Severity severity) { return severity == Severity::Error ? "bad" : severity == Severity::Warning ? "doubt" : "soft"; }

std::string_view colour_of(ProofVerdict verdict) {
    if (verdict == ProofVerdict::Holds) return "good";
    return verdict == ProofVerdict::DoesNotHold ? "bad" : "doubt";
}

std::string_view colour_of(ControlState state) {
    if (state == ControlState::Met) return "good";
    return state == ControlState::NotMet ? "bad" : "doubt";
}

std::string place_of(const Finding& finding) { return finding.place ? fmt::format("{}:{}", finding.place->file, finding.place->line) : ""; }

std::string findings_html(const Compliance& compliance) {
    if (compliance.findings.empty()) return "<p class=\"good\">Nothing falls short.</p>\n";
    std::string text = "<table class=\"findings\"><tr><th>Check</th><th>About</th><th>What, and what to do</th><th>Where</th></tr>\n";
    for (const Finding& finding : compliance.findings) {
        text += fmt::format("<tr><td><b class=\"{}\">{}</b></td><td>{}</td><td>{}<br><span class=\"soft\">{}</span></td><td class=\"fit soft\">{}</td></tr>\n", colour_of(finding.severity), markup_escaped(finding.id),
                            markup_escaped(finding.subject), markup_escaped(finding.message), markup_escaped(finding.fix), markup_escaped(place_of(finding)));
    }
    return text + "</table>\n";
}

std::string waived_html(const Compliance& compliance) {
    if (compliance.waived.empty()) return "";
    std::string text = "<h2>Waived</h2>\n<table class=\"findings\"><tr><th>Check</th><th>About</th><th>Because</th><th>Asked, approved</th><th>Until</th></tr>\n";
    for (const WaivedFinding& one : compliance.waived) {
        text += fmt::format("<tr><td><b>{}</b></td><td>{}</td><td>{}<br><span class=\"soft\">{}</span></td><td>{}, {}</td><td class=\"fit\">{}</td></tr>\n", markup_escaped(one.finding.id), markup_escaped(one.finding.subject),
                            markup_escaped(one.waiver.because), markup_escaped(one.finding.message), markup_escaped(one.waiver.asked_by), markup_escaped(one.waiver.approved_by), to_rfc3339(Instant(one.waiver.until)).substr(0, 10));
    }
    return text + "</table>\n";
}

std::string controls_html(const Compliance& compliance) {
    if (!compliance.framework) return "";
    std::string text = fmt::format("<h2>{}</h2>\n<div class=\"wide\"><table><tr><th>Control</th><th></th><th>What</th></tr>\n", markup_escaped(compliance.framework->title));
    for (const JudgedControl& one : compliance.controls) {
        text += fmt::format("<tr><td class=\"fit\">{}</td><td><b class=\"{}\">{}</b></td><td>{}</td></tr>\n", markup_escaped(one.control.id), colour_of(one.state), name_of(one.state), markup_escaped(one.control.title));
    }
    return text + "</table></div>\n";
}

std::string proofs_html(const Proofs& proofs) {
    std::string text = "<div class=\"wide\"><table><tr><th>Database</th><th>Disaster</th><th>Worst loss</th><th>Promised</th><th></th><th>Because of</th></tr>\n";
    for (const RpoProof& proof : proofs.rpo) {
        const std::string disaster = proof.missed == 0 ? std::string(name_of(proof.disaster)) : fmt::format("{}, {}", name_of(proof.disaster), counted(static_cast<std::uint64_t>(proof.missed), "failed run"));
        text += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"fit\">{}</td><td class=\"fit\">{}</td><td><b class=\"{}\">{}</b></td><td class=\"soft\">{}</td></tr>\n", markup_escaped(proof.database.str()), disaster,
                            proof.worst ? to_text(*proof.worst) : "not bounded", proof.promised ? to_text(*proof.promised) : "", colour_of(proof.verdict), name_of(proof.verdict), markup_escaped(proof.worst ? terms_text(proof) : proof.why));
    }
    return text + "</table></div>\n";
}

std::string recoveries_html(const Proofs& proofs) {
    std::string text = "<div class=\"wide\"><table><tr><th>Database</th><th>Disaster</th><th>Predicted</th><th>Promised</th><th></th><th>Because of</th></tr>\n";
    for (const RtoProof& proof : proofs.rto) {
        const std::string predicted = proof.predicted ? fmt::format("{} to {}", for_people(*proof.usual), for_people(*proof.predicted)) : "not known";
        const std::string because = proof.predicted ? fmt::format("{}; {}", terms_text(proof), counted(proof.measurements, "measurement")) : proof.why;
        text += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"fit\">{}</td><td class=\"fit\">{}</td><td><b class=\"{}\">{}</b></td><td class=\"soft\">{}</td></tr>\n", markup_escaped(proof.database.str()), name_of(proof.disaster), predicted,
                            proof.promised ? to_text(*proof.promised) : "", colour_of(proof.verdict), name_of(proof.verdict), markup_escaped(because));
    }
    return text + "</table></div>\n";
}

std::string checks_html(const Compliance& compliance) {
    std::string text = "<div class=\"wide\"><table><tr><th>Check</th><th></th><th>What must be true</th></tr>\n";
    for (const JudgedCheck& check : compliance.checks) {
        const Check* known = check_named(check.id);
        const std::string state = !check.not_judged.empty() ? "not judged" : check.findings > 0 ? counted(check.findings, "finding") : check.waived > 0 ? fmt::format("{} waived", check.waived) : "passed";
        text += fmt::format("<tr><td class=\"fit\">{}</td><td class=\"fit\"><b class=\"{}\">{}</b></td><td>{}</td></tr>\n", markup_escaped(check.id), check.passed() ? "good" : "doubt", state, known != nullptr ? markup_escaped(known->sentence) : "");
    }
    return text + "</table></div>\n";
}

}  // namespace

std::string report_html(const ReportParts& parts, Console& console) {
    const Compliance& compliance = parts.compliance;
    const Provenance& from = console.installation().provenance;
    const std::string commit = from.policy_commit.empty() ? "outside git" : fmt::format("commit {}{}", from.policy_commit.substr(0, 12), from.policy_dirty ? ", with uncommitted changes" : "");
    std::string text = fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Backup compliance</title>\n<style>\n{}</style>\n</head>\n<body>\n", kStyle);
    const std::string& said = compliance.policy.said;
    const std::string policy = said.empty() ? fmt::format("Policy {}, hash {}", commit, from.policy_hash.substr(0, 12)) : "J" + said.substr(1);
    text += fmt::format("<h1>Backup compliance</h1>\n<p class=\"soft\">As of {}. {}.</p>\n", markup_escaped(console.local_and_utc(compliance.as_of)), markup_escaped(policy));
    text += "<div class=\"tiles\">\n" + tile(compliance.databases, "databases", "") + tile(compliance.errors, "errors", "bad") + tile(compliance.warnings, "warnings", "doubt") + tile(compliance.waived.size(), "waived", "doubt") + "</div>\n";
    if (!parts.timelines.empty()) text += fmt::format("<h2>What can be recovered</h2>\n<div class=\"wide\">\n{}</div>\n", timelines_svg(parts.timelines, console));
    text += controls_html(compliance) + "<h2>Findings</h2>\n" + findings_html(compliance) + waived_html(compliance);
    text += "<h2>What a disaster may cost</h2>\n" + proofs_html(parts.proofs) + "<h2>How long recovery takes</h2>\n" + recoveries_html(parts.proofs) + "<h2>Checks</h2>\n" + checks_html(compliance);
    return text + "</body>\n</html>\n";
}

std::string report_markdown(const ReportParts& parts, Console& console) {
    const Compliance& compliance = parts.compliance;
    std::string text = fmt::format("# Backup compliance\n\nAs of {}: {}, {}, {}, {} waived.\n", console.local_and_utc(compliance.as_of), counted(compliance.databases, "database"), counted(compliance.errors, "error"), counted(compliance.warnings, "warning"), compliance.waived.size());
    if (!compliance.policy.said.empty()) text += fmt::format("\nJ{}.\n", compliance.policy.said.substr(1));
    if (compliance.framework) {
        text += fmt::format("\n## {}\n\n| Control | State | What |\n|---|---|---|\n", compliance.framework->title);
        for (const JudgedControl& one : compliance.controls) text += fmt::format("| {} | {} | {} |\n", markdown_cell(one.control.id), name_of(one.state), markdown_cell(one.control.title));
    }
    text += "\n## Findings\n\n";
    if (compliance.findings.empty()) text += "Nothing falls short.\n";
    else text += "| Check | Severity | About | What | What to do |\n|---|---|---|---|---|\n";
    for (const Finding& finding : compliance.findings) text += fmt::format("| {} | {} | {} | {} | {} |\n", finding.id, name_of(finding.severity), markdown_cell(finding.subject), markdown_cell(finding.message), markdown_cell(finding.fix));
    if (!compliance.waived.empty()) text += "\n## Waived\n\n| Check | About | Because | Approved by | Until |\n|---|---|---|---|---|\n";
    for (const WaivedFinding& one : compliance.waived) text += fmt::format("| {} | {} | {} | {} | {} |\n", one.finding.id, markdown_cell(one.finding.subject), markdown_cell(one.waiver.because), markdown_cell(one.waiver.approved_by), to_rfc3339(Instant(one.waiver.until)).substr(0, 10));
    return text + "\n## What a disaster may cost\n\n" + to_markdown(parts.proofs, console.policy().timezone);
}

}  // namespace holdfast
