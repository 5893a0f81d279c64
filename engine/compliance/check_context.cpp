#include "engine/compliance/check_context.hpp"

namespace holdfast {

CheckContext::CheckContext(const Policy& asked, const Evidence& known, SlotLists& lists) : policy(asked), evidence(known), slots(lists) {
    static const DatabaseEvidence kNothing;
    std::unordered_map<std::string_view, const EnvironmentSpec*> environments;
    std::unordered_map<std::string_view, const BackupPolicy*> policies;
    for (const EnvironmentSpec& environment : policy.environments) environments.emplace(environment.name.str(), &environment);
    for (const BackupPolicy& backups : policy.policies) policies.emplace(backups.name.str(), &backups);
    for (const DatabaseSpec& database : policy.databases) {
        const auto environment = environments.find(database.environment.str());
        const auto backups = policies.find(database.policy.str());
        if (environment == environments.end() || backups == policies.end()) continue;
        const auto past = evidence.databases.find(database.name.str());
        subjects_.push_back({database, *environment->second, *backups->second, past == evidence.databases.end() ? kNothing : past->second});
    }
}

void CheckContext::begin(std::string_view check, Severity severity) {
    check_ = check;
    severity_ = severity;
    not_judged_.clear();
}

void CheckContext::report(Severity severity, Said said) {
    found_.push_back({.check = check_, .severity = severity, .subject = std::move(said.subject), .path = std::move(said.path), .message = std::move(said.message), .fix = std::move(said.fix)});
}

}  // namespace holdfast
