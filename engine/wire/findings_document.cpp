#include "engine/wire/findings_document.hpp"

#include <set>

#include "engine/base/format.hpp"
#include "engine/wire/writer.hpp"

namespace holdfast {
namespace {

using wire::Json;

// XML 1.0: the five characters that mean something, and none of the control characters that it forbids.
std::string xml_escaped(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        switch (letter) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\n': out += "&#10;"; break;
            case '\t': out += "&#9;"; break;
            default: out += static_cast<unsigned char>(letter) < 0x20 ? '?' : letter;
        }
    }
    return out;
}

std::string place_text(const Finding& finding) {
    if (!finding.place) return finding.subject;
    return fmt::format("{}:{}:{}", finding.place->file, finding.place->line, finding.place->column);
}

std::string junit_case(const Finding& finding) {
    const std::string where = place_text(finding);
    std::string text = fmt::format("  <testcase classname=\"{}\" name=\"{}\">\n", xml_escaped(finding.id),
                                   xml_escaped(where.empty() ? finding.message : where));
    const std::string body = fmt::format("{}: {}\n{}", where, finding.message, finding.fix);
    if (finding.severity == Severity::Note) {
        text += fmt::format("    <system-out>{}</system-out>\n", xml_escaped(body));
    } else {
        text += fmt::format("    <failure type=\"{}\" message=\"{}\">{}</failure>\n", name_of(finding.severity),
                            xml_escaped(finding.message), xml_escaped(body));
    }
    return text + "  </testcase>\n";
}

Json sarif_result(const Finding& finding) {
    Json result = Json::object();
    result["ruleId"] = finding.id;
    result["level"] = std::string(name_of(finding.severity));
    const std::string advice = finding.fix.empty() ? "" : " " + finding.fix;
    result["message"] = {{"text", finding.message + "." + advice}};
    if (!finding.place) return result;
    Json region = Json::object();
    if (finding.place->line > 0) region["startLine"] = finding.place->line;
    if (finding.place->line > 0 && finding.place->column > 0) region["startColumn"] = finding.place->column;
    Json physical = {{"artifactLocation", {{"uri", finding.place->file}, {"uriBaseId", "POLICIES"}}}};
    if (!region.empty()) physical["region"] = region;
    result["locations"] = Json::array({{{"physicalLocation", physical}}});
    return result;
}

}  // namespace

std::string to_json(std::span<const Finding> findings) {
    return wire::list_document_of("findings", "findings", std::vector<Finding>(findings.begin(), findings.end()));
}

std::string to_junit(std::span<const Finding> findings, std::string_view suite) {
    std::size_t failures = 0;
    std::string cases;
    for (const Finding& finding : findings) {
        if (finding.severity != Severity::Note) ++failures;
        cases += junit_case(finding);
    }
    if (findings.empty()) cases = fmt::format("  <testcase classname=\"{0}\" name=\"{0}\"/>\n", xml_escaped(suite));
    return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n"
                       "{}</testsuite>\n",
                       xml_escaped(suite), std::max<std::size_t>(1, findings.size()), failures, cases);
}

std::string to_sarif(std::span<const Finding> findings, std::string_view version) {
    std::set<std::string> ids;
    Json results = Json::array();
    for (const Finding& finding : findings) {
        ids.insert(finding.id);
        results.push_back(sarif_result(finding));
    }
    Json rules = Json::array();
    for (const std::string& id : ids) rules.push_back({{"id", id}});
    Json run = Json::object();
    run["tool"] = {{"driver", {{"name", "runbook"}, {"version", std::string(version)}, {"rules", rules}}}};
    run["results"] = results;
    Json all = Json::object();
    all["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
    all["version"] = "2.1.0";
    all["runs"] = Json::array({run});
    return wire::text_of(all);
}

}  // namespace holdfast
