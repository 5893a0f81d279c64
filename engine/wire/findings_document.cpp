#include "engine/wire/findings_document.hpp"

#include <algorithm>
#include <map>

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

// A file's name as a URI reference (RFC 3986): what is not unreserved is percent-encoded, byte by byte, and a colon would begin a scheme.
std::string uri_of(std::string_view path) {
    std::string uri;
    for (const char c : path) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~/").find(c) != std::string_view::npos;
        if (plain) uri += c;
        else uri += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    return uri;
}

// The specification wants sentences (section 3.11.2).
std::string sentence(std::string_view text) {
    const bool ended = !text.empty() && std::string_view(".!?").find(text.back()) != std::string_view::npos;
    return std::string(text) + (ended ? "" : ".");
}

// Columns of ours count bytes, those of SARIF characters.
int column_in_characters(const SourcePlace& place) {
    const std::string_view before = std::string_view(place.excerpt).substr(0, static_cast<std::size_t>(std::max(0, place.column - 1)));
    const auto following = std::ranges::count_if(before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; });
    return place.column - static_cast<int>(following);
}

Json sarif_result(const Finding& finding, std::size_t rule) {
    Json result = Json::object();
    result["ruleId"] = finding.id;
    result["ruleIndex"] = rule;
    result["level"] = std::string(name_of(finding.severity));
    result["message"] = {{"text", sentence(finding.message) + (finding.fix.empty() ? "" : " " + sentence(finding.fix))}};
    if (!finding.place) return result;
    Json region = Json::object();
    if (finding.place->line > 0) region["startLine"] = finding.place->line;
    if (finding.place->line > 0 && finding.place->column > 0) region["startColumn"] = column_in_characters(*finding.place);
    Json physical = {{"artifactLocation", {{"uri", uri_of(finding.place->file)}, {"uriBaseId", "POLICIES"}}}};
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

std::string to_sarif(std::span<const Finding> findings, std::string_view version, const RuleSentence& rule_sentence) {
    std::map<std::string, std::size_t> rule_of;   // In the order of their ids.
    for (const Finding& finding : findings) rule_of.emplace(finding.id, 0);
    Json rules = Json::array();
    for (auto& [id, index] : rule_of) {
        index = rules.size();
        Json rule{{"id", id}};
        if (const std::string text = rule_sentence ? rule_sentence(id) : ""; !text.empty()) rule["shortDescription"] = {{"text", text}};
        rules.push_back(std::move(rule));
    }
    Json results = Json::array();
    for (const Finding& finding : findings) results.push_back(sarif_result(finding, rule_of.at(finding.id)));
    Json run = Json::object();
    run["tool"] = {{"driver", {{"name", "runbook"}, {"version", std::string(version)}, {"rules", rules}}}};
    run["originalUriBaseIds"] = {{"POLICIES", {{"description", {{"text", "The folder of the policy."}}}}}};
    run["columnKind"] = "unicodeCodePoints";
    run["results"] = results;
    Json all = Json::object();
    all["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
    all["version"] = "2.1.0";
    all["runs"] = Json::array({run});
    return wire::text_of(all);
}

}  // namespace holdfast
