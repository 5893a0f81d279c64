// Findings for programs: JSON of our own, JUnit XML for test reports, SARIF 2.1.0 for code scanning.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "engine/model/finding.hpp"

namespace holdfast {

std::string to_json(std::span<const Finding> findings);
// JUnit XML: one case per finding (a note passes), or one that passes where there is none. `suite` names what was
// checked: "policy check".
std::string to_junit(std::span<const Finding> findings, std::string_view suite);
// What must be true by the rule of this id, in a sentence; empty: nothing to say.
using RuleSentence = std::function<std::string(const std::string& id)>;
// SARIF 2.1.0 (OASIS). `version` is the program's.
std::string to_sarif(std::span<const Finding> findings, std::string_view version, const RuleSentence& rule_sentence = {});

}  // namespace holdfast
