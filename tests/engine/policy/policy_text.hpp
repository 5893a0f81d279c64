// Short policies for tests, and what was found in them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/policy/load.hpp"

namespace holdfast {

// A build that can do everything, on a day of November 2026.
inline LoadOptions whole_build() {
    LoadOptions options;
    options.engines = {EngineKind::Sqlite, EngineKind::Postgres, EngineKind::SqlServer};
    options.store_schemes = {"file", "s3", "azure", "sftp"};
    options.folder = "/srv/app/policies";
    options.today = *parse_rfc3339("2026-11-20T12:00:00Z");
    options.features = {PolicyFeature::LogBackup,       PolicyFeature::ContinuousLog, PolicyFeature::LogicalBackup, PolicyFeature::FurtherCopies, PolicyFeature::StoreLock,
                        PolicyFeature::IntegrityChecks, PolicyFeature::RestoreChecks, PolicyFeature::KeyRotation,   PolicyFeature::Drills,        PolicyFeature::Notifications};
    return options;
}

// The top-level keys of a small policy that is fine; each can be replaced, and more can follow.
struct PolicyParts {
    std::string stores = "stores: { local: { url: \"file:///srv/backups\" } }\n";
    std::string environments = "environments: { main: { rpo: 26h, copies: [local] } }\n";
    std::string policies = "policies:\n  daily:\n    backups: { full: { cron: \"0 2 * * *\" } }\n    retention: { daily: 30d, at_least: 3 }\n";
    std::string databases = "databases:\n  notes: { engine: sqlite, environment: main, policy: daily, path: /srv/notes.db }\n";
    std::string more = {};
    std::string scenarios = "scenarios: { accidental-deletion: { runbook: a }, corruption: { runbook: b }, total-failure: { runbook: c } }\n";
};
inline std::string policy_of(const PolicyParts& parts) { return "version: 1\n" + parts.stores + parts.environments + parts.policies + parts.databases + parts.more + parts.scenarios; }

inline LoadedPolicy load_parts(const PolicyParts& parts) { return load_policy_text("p.yaml", policy_of(parts), whole_build()); }

// "12:3 unknown-key" for each finding.
inline std::vector<std::string> problems_in(const LoadedPolicy& loaded) {
    std::vector<std::string> found;
    for (const Finding& finding : loaded.findings) {
        const std::string place = finding.place ? std::to_string(finding.place->line) + ":" + std::to_string(finding.place->column) + " " : "";
        found.push_back(place + finding.id);
    }
    return found;
}
inline std::vector<std::string> problems_in_text(const std::string& text) { return problems_in(load_policy_text("p.yaml", text, whole_build())); }

inline std::vector<std::string> ids_in(const LoadedPolicy& loaded) {
    std::vector<std::string> ids;
    for (const Finding& finding : loaded.findings) ids.push_back(finding.id);
    return ids;
}
inline const Finding* find_id(const LoadedPolicy& loaded, std::string_view id) {
    const auto found = std::ranges::find(loaded.findings, id, &Finding::id);
    return found == loaded.findings.end() ? nullptr : &*found;
}

// All findings as a person would see them.
inline std::string findings_text(const LoadedPolicy& loaded) {
    std::string text;
    for (const Finding& finding : loaded.findings) {
        text += std::string(name_of(finding.severity)) + " " + finding.id;
        if (!finding.subject.empty()) text += " (" + finding.subject + ")";
        text += "\n";
        if (finding.place) {
            text += "  at   " + finding.place->file + ":" + std::to_string(finding.place->line) + ":" + std::to_string(finding.place->column) + "\n";
            if (!finding.place->excerpt.empty()) text += "     | " + finding.place->excerpt + "\n";
        }
        text += "  what " + finding.message + "\n  fix  " + finding.fix + "\n\n";
    }
    return text;
}

}  // namespace holdfast
