// What SARIF 2.1.0 (OASIS Standard, 27 March 2020) demands of the part of it that we write, each with its section. A property that no
// section names for its object is a problem as well: the standard's own schema has `additionalProperties: false` everywhere.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace holdfast {

class SarifRules {
public:
    using Json = nlohmann::json;

    std::vector<std::string> judge(const Json& log) {
        only(log, {"$schema", "version", "runs"}, "3.13 sarifLog");
        demand(log.value("version", "") == "2.1.0", "3.13.2 version is 2.1.0");
        demand(!log.contains("$schema") || is_absolute_uri(log["$schema"]), "3.13.3 $schema is an absolute URI");
        demand(log.contains("runs") && log["runs"].is_array(), "3.13.4 runs is an array");
        for (const Json& run : log.value("runs", Json::array())) judge_run(run);
        return problems_;
    }

private:
    void demand(bool holds, const std::string& what) {
        if (!holds) problems_.push_back(what);
    }
    void only(const Json& object, const std::vector<std::string>& names, const std::string& section) {
        demand(object.is_object(), section + " is an object");
        if (!object.is_object()) return;
        for (const auto& [name, value] : object.items()) demand(std::ranges::find(names, name) != names.end(), section + " has no property " + name);
    }
    static bool is_text(const Json& object, const char* name) { return object.is_object() && object.contains(name) && object[name].is_string() && !object[name].get_ref<const std::string&>().empty(); }
    static bool is_absolute_uri(const Json& value) { return value.is_string() && value.get<std::string>().find("://") != std::string::npos; }
    // RFC 3986, appendix A: characters of a path, and percent-encoding.
    static bool is_relative_uri(const std::string& uri) {
        if (uri.empty() || uri.front() == '/') return false;
        for (std::size_t i = 0; i < uri.size(); ++i) {
            const char c = uri[i];
            if (c == '%') {
                if (i + 2 >= uri.size() || std::isxdigit(static_cast<unsigned char>(uri[i + 1])) == 0 || std::isxdigit(static_cast<unsigned char>(uri[i + 2])) == 0) return false;
                i += 2;
            } else if (std::isalnum(static_cast<unsigned char>(c)) == 0 && std::string("-._~!$&'()*+,;=@/").find(c) == std::string::npos) {
                return false;
            }
        }
        return true;
    }

    void judge_run(const Json& run) {
        only(run, {"tool", "originalUriBaseIds", "columnKind", "results"}, "3.14 run");
        demand(run.contains("tool"), "3.14.6 a run has a tool");
        const Json tool = run.value("tool", Json::object());
        only(tool, {"driver"}, "3.18 tool");
        demand(tool.contains("driver"), "3.18.2 a tool has a driver");
        rules_ = judge_driver(tool.value("driver", Json::object()));
        bases_ = run.value("originalUriBaseIds", Json::object());
        for (const auto& [name, base] : bases_.items()) judge_location_of_file(base, "3.14.14 originalUriBaseIds");
        demand(!run.contains("columnKind") || run["columnKind"] == "utf16CodeUnits" || run["columnKind"] == "unicodeCodePoints", "3.14.17 columnKind is one of its words");
        demand(run.contains("results") && run["results"].is_array(), "3.14.23 results is an array where the tool has run");
        for (const Json& result : run.value("results", Json::array())) judge_result(result);
    }

    std::vector<std::string> judge_driver(const Json& driver) {
        only(driver, {"name", "version", "rules"}, "3.19 toolComponent");
        demand(is_text(driver, "name"), "3.19.8 a component has a name");
        demand(is_text(driver, "version"), "3.19.13 version is a text");
        std::vector<std::string> ids;
        for (const Json& rule : driver.value("rules", Json::array())) {
            only(rule, {"id", "shortDescription"}, "3.49 reportingDescriptor");
            demand(is_text(rule, "id"), "3.49.3 a rule has an id");
            const std::string id = rule.value("id", "");
            demand(std::ranges::find(ids, id) == ids.end(), "3.19.23 rules are unique");
            if (rule.contains("shortDescription")) judge_message(rule["shortDescription"], "3.49.9 shortDescription (3.12 multiformatMessageString)");
            ids.push_back(id);
        }
        return ids;
    }

    void judge_message(const Json& message, const std::string& section) {
        only(message, {"text"}, section);
        demand(is_text(message, "text"), section + " has a text");
        const std::string text = message.is_object() ? message.value("text", "") : "";
        demand(!text.empty() && std::string(".!?").find(text.back()) != std::string::npos, "3.11.2 messages are sentences");
    }

    void judge_result(const Json& result) {
        only(result, {"ruleId", "ruleIndex", "level", "message", "locations"}, "3.27 result");
        demand(is_text(result, "ruleId"), "3.27.5 ruleId is a text");
        const auto index = result.value("ruleIndex", -1);
        demand(index >= 0 && index < static_cast<int>(rules_.size()) && rules_[static_cast<std::size_t>(index)] == result.value("ruleId", ""), "3.27.6 ruleIndex leads to the rule of ruleId");
        static const std::vector<std::string> kLevels{"none", "note", "warning", "error"};
        demand(std::ranges::find(kLevels, result.value("level", "")) != kLevels.end(), "3.27.10 level is one of its words");
        demand(result.contains("message"), "3.27.11 a result has a message");
        judge_message(result.value("message", Json::object()), "3.11 message");
        for (const Json& location : result.value("locations", Json::array())) judge_location(location);
    }

    void judge_location(const Json& location) {
        only(location, {"physicalLocation"}, "3.28 location");
        const Json physical = location.value("physicalLocation", Json::object());
        only(physical, {"artifactLocation", "region"}, "3.29 physicalLocation");
        demand(physical.contains("artifactLocation"), "3.29.2 one of address and artifactLocation is there");
        judge_location_of_file(physical.value("artifactLocation", Json::object()), "3.4 artifactLocation");
        if (!physical.contains("region")) return;
        const Json& region = physical["region"];
        only(region, {"startLine", "startColumn"}, "3.30 region");
        demand(region.value("startLine", 0) >= 1, "3.30.5 startLine counts from 1");
        demand(!region.contains("startColumn") || region["startColumn"] >= 1, "3.30.6 startColumn counts from 1");
    }

    void judge_location_of_file(const Json& file, const std::string& section) {
        only(file, {"uri", "uriBaseId", "description"}, section);
        if (file.contains("description")) judge_message(file["description"], "3.4.6 description");
        if (!file.contains("uri")) return;
        demand(is_relative_uri(file.value("uri", "")), "3.4.3 uri is a URI reference");
        demand(bases_.contains(file.value("uriBaseId", "")), "3.4.4 uriBaseId is in originalUriBaseIds");
    }

    std::vector<std::string> problems_, rules_;
    Json bases_;
};

inline std::vector<std::string> sarif_problems(const nlohmann::json& log) { return SarifRules().judge(log); }

}  // namespace holdfast
