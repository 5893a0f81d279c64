#include "engine/operations/comply.hpp"

#include <algorithm>
#include <set>

#include "engine/base/error.hpp"
#include "engine/operations/frameworks.hpp"
#include "engine/operations/gather_evidence.hpp"
#include "engine/operations/plan_ahead.hpp"

namespace holdfast {
namespace {

// The place of the value, or of the nearest one above it that the text has.
std::optional<SourcePlace> place_of(const Origins& origins, std::vector<std::string> path) {
    for (; !path.empty(); path.pop_back()) {
        if (auto place = origins.place_of(path)) return place;
    }
    return std::nullopt;
}

Finding finding_of(const Shortfall& shortfall, const Origins& origins) {
    return {.id = shortfall.check, .severity = shortfall.severity, .place = place_of(origins, shortfall.path), .subject = shortfall.subject, .message = shortfall.message, .fix = shortfall.fix};
}

// The policy with only the databases that are asked about.
Policy narrowed(const Policy& policy, const ComplyAsked& asked) {
    Policy part = policy;
    std::erase_if(part.databases, [&](const DatabaseSpec& database) {
        return (asked.database && database.name != *asked.database) || (asked.environment && database.environment != *asked.environment);
    });
    return part;
}

// Seen from some databases alone, waivers of the others look unused.
void drop_waivers_of_others(const Policy& part, Judgement& judgement) {
    std::set<std::string> asked;
    for (const DatabaseSpec& database : part.databases) asked.insert(database.name.str());
    std::erase_if(judgement.findings, [&](const Shortfall& shortfall) { return shortfall.check.starts_with("WAIVER-") && !asked.contains(shortfall.subject); });
    recount(judgement);
}

void keep_framework(const Framework& framework, Judgement& judgement) {
    std::erase_if(judgement.findings, [&](const Shortfall& shortfall) { return !asks_for(framework, shortfall.check); });
    std::erase_if(judgement.waived, [&](const Waived& waived) { return !asks_for(framework, waived.shortfall.check); });
    std::erase_if(judgement.checks, [&](const JudgedCheck& check) { return !asks_for(framework, check.id); });
}

}  // namespace

int Compliance::exit_status() const { return errors + warnings > 0 ? exit_status_of(ErrorCode::Findings) : 0; }

Compliance check_compliance(const Workplace& workplace, const LoadedPolicy& today, const ComplyAsked& asked) {
    Compliance compliance;
    compliance.policy = asked.as_of ? policy_then(workplace, today, *asked.as_of) : PolicyThen{.loaded = today, .commit = {}, .said = {}};
    const LoadedPolicy& judged = compliance.policy.loaded;
    if (asked.database) require_database(judged.policy, *asked.database);
    if (asked.environment) require_environment(judged.policy, *asked.environment);
    if (asked.frame) compliance.framework = find_framework(workplace.built(), workplace.policy().folder, *asked.frame);
    const Policy policy = narrowed(judged.policy, asked);
    Judgement judgement = judge(policy, gather_evidence(workplace, asked.as_of));
    if (asked.database || asked.environment) drop_waivers_of_others(policy, judgement);
    if (compliance.framework) {
        keep_framework(*compliance.framework, judgement);
        compliance.controls = project(*compliance.framework, judgement);
    }
    compliance.as_of = judgement.as_of;
    compliance.databases = judgement.databases;
    for (const Shortfall& shortfall : judgement.findings) {
        compliance.findings.push_back(finding_of(shortfall, judged.origins));
        if (shortfall.severity == Severity::Error) ++compliance.errors;
        else if (shortfall.severity == Severity::Warning) ++compliance.warnings;
        else ++compliance.notes;
    }
    for (const Waived& waived : judgement.waived) compliance.waived.push_back({finding_of(waived.shortfall, judged.origins), policy.waivers.at(waived.waiver)});
    compliance.checks = std::move(judgement.checks);
    return compliance;
}

}  // namespace holdfast
