#include <algorithm>
#include <map>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/checks.hpp"
#include "engine/policy/language.hpp"
#include "engine/policy/values.hpp"

namespace holdfast {
namespace {

// Gathers where something is used that is not in this build; one note each, at its first place.
class MissingParts {
public:
    MissingParts(const PolicyFolder& folder, Problems& problems) : folder_(folder), problems_(problems) {}

    bool lacks(PolicyFeature feature) const { return !folder_.options.features.contains(feature); }

    void add(const std::string& what, TextPlace at, const std::string& user = {}) {
        const auto [use, fresh] = uses_.try_emplace(what, Use{at, {}, order_.size()});
        if (fresh) order_.push_back(what);
        if (!user.empty()) use->second.users.push_back(user);
    }

    void report(const std::string& fix) {
        for (const std::string& what : order_) {
            const Use& use = uses_.at(what);
            std::string message = what + " not available in this build";
            if (!use.users.empty()) message += fmt::format(" ({})", some_users(use.users));
            problems_.add(use.at, {.id = "not-in-build", .message = message, .fix = fix, .subject = use.users.size() == 1 ? use.users.front() : "", .severity = Severity::Note});
        }
        uses_.clear();
        order_.clear();
    }

private:
    struct Use {
        TextPlace at;
        std::vector<std::string> users;
        std::size_t order = 0;
    };
    static std::string some_users(const std::vector<std::string>& users) {
        constexpr std::size_t kShown = 5;
        std::vector<std::string> first(users.begin(), users.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, users.size())));
        std::string text = printable(join(first, ", "), 600);
        return users.size() > kShown ? fmt::format("{} and {} more", text, format_count(users.size() - kShown)) : text;
    }

    const PolicyFolder& folder_;
    Problems& problems_;
    std::map<std::string, Use> uses_;
    std::vector<std::string> order_;
};

void check_engines(const PolicyFolder& folder, Problems& problems) {
    MissingParts missing(folder, problems);
    const TreeNode* databases = folder.root.find("databases");
    if (databases == nullptr || !databases->is_map()) return;
    for (std::size_t i = 0; i < databases->entries.size(); ++i) {
        const TreeNode* engine = databases->entries[i].value.find("engine");
        const EngineKind kind = folder.policy.databases.at(i).engine;
        if (engine == nullptr || !parse_engine_kind(engine->text)) continue;
        if (std::ranges::find(folder.options.engines, kind) != folder.options.engines.end()) continue;
        missing.add(fmt::format("engine {} is", name_of(kind)), engine->place, databases->entries[i].key);
    }
    missing.report("The policy is checked all the same; these databases are not backed up by this build.");
}

void check_stores(const PolicyFolder& folder, Problems& problems) {
    MissingParts missing(folder, problems);
    for (const StoreSpec& store : folder.policy.stores) {
        const std::string scheme = store.url.substr(0, store.url.find(':'));
        const TextPlace at = nearest_place(folder.root, {"stores", store.name.str(), "url"});
        const bool here = std::ranges::find(folder.options.store_schemes, scheme) != folder.options.store_schemes.end();
        const bool known = std::ranges::find(store_scheme_words(), scheme) != store_scheme_words().end();
        if (!here && known) missing.add(fmt::format("stores of the kind {} are", scheme), at, store.name.str());
        if (!here && !known && !scheme.empty() && scheme.size() < store.url.size()) {
            std::string fix = problems.did_you_mean(scheme, store_scheme_words());
            if (fix.empty()) fix = fmt::format("Known: {}.", join(store_scheme_words(), ", "));
            problems.add(at, {.id = "bad-value", .message = fmt::format("`stores.{}.url`: there is no kind of store `{}`", printable(store.name.str(), 60), printable(scheme, 60)), .fix = fix});
        }
        if (store.lock && missing.lacks(PolicyFeature::StoreLock)) missing.add("object lock is", nearest_place(folder.root, {"stores", store.name.str(), "lock"}), store.name.str());
    }
    missing.report("The policy is checked all the same; this build neither writes to such stores nor locks what it writes.");
}

void check_backup_features(const PolicyFolder& folder, Problems& problems) {
    MissingParts missing(folder, problems);
    for (const BackupPolicy& policy : folder.policy.policies) {
        const std::string& name = policy.name.str();
        const auto place = [&](std::vector<std::string> below) {
            below.insert(below.begin(), {"policies", name});
            return nearest_place(folder.root, below);
        };
        for (const BackupRule& rule : policy.backups) {
            const bool continuous = std::holds_alternative<ContinuousSpec>(rule.when);
            if (rule.kind == BackupKind::Log && continuous && missing.lacks(PolicyFeature::ContinuousLog)) missing.add("continuous log backup is", place({"backups", "log"}), name);
            else if (rule.kind == BackupKind::Log && missing.lacks(PolicyFeature::LogBackup)) missing.add("log backup is", place({"backups", "log"}), name);
            if (rule.kind == BackupKind::Logical && missing.lacks(PolicyFeature::LogicalBackup)) missing.add("logical backup is", place({"backups", "logical"}), name);
        }
        if (policy.verify.after_backup == VerifyDepth::Restore && missing.lacks(PolicyFeature::RestoreChecks)) missing.add("checking a backup by restoring it is", place({"verify", "after_backup"}), name);
        if (policy.verify.integrity_every && missing.lacks(PolicyFeature::IntegrityChecks)) missing.add("a regular integrity check is", place({"verify", "integrity_every"}), name);
    }
    missing.report("The policy is checked all the same; this build leaves this part out.");
}

void check_folder_features(const PolicyFolder& folder, Problems& problems) {
    MissingParts missing(folder, problems);
    const Policy& policy = folder.policy;
    if (policy.encryption.rotate_every && missing.lacks(PolicyFeature::KeyRotation)) missing.add("key rotation on a schedule is", nearest_place(folder.root, {"encryption", "rotate_every"}));
    for (const EnvironmentSpec& environment : policy.environments) {
        if (environment.copies.size() < 2 || !missing.lacks(PolicyFeature::FurtherCopies)) continue;
        missing.add("copying to a second store is", nearest_place(folder.root, {"environments", environment.name.str(), "copies"}), environment.name.str());
    }
    for (const DrillSpec& drill : policy.drills) {
        if (missing.lacks(PolicyFeature::Drills)) missing.add("drills are", nearest_place(folder.root, {"drills", drill.name}), drill.name);
    }
    for (const NotifySpec& notify : policy.notify) {
        if (missing.lacks(PolicyFeature::Notifications)) missing.add("notifications are", nearest_place(folder.root, {"notify", notify.name}), notify.name);
    }
    missing.report("The policy is checked all the same; this build leaves this part out.");
}

// A runbook that is not there is no error: it may come with another build, or still be written.
void check_runbooks(const PolicyFolder& folder, Problems& problems) {
    if (!folder.options.runbooks) return;
    const std::vector<std::string>& known = *folder.options.runbooks;
    const auto check = [&](const std::string& group, const std::string& name, const std::string& runbook) {
        if (runbook.empty() || std::ranges::find(known, runbook) != known.end()) return;
        std::string fix = problems.did_you_mean(runbook, known);
        if (fix.empty()) fix = "Write it with `runbook book new`, or see what there is with `runbook book list`.";
        problems.add(nearest_place(folder.root, {group, name, "runbook"}), {.id = "not-in-build", .message = fmt::format("runbook {} is not available in this build", printable(runbook, 60)), .fix = fix, .severity = Severity::Note});
    };
    for (const ScenarioSpec& scenario : folder.policy.scenarios) check("scenarios", scenario.name, scenario.runbook);
    for (const DrillSpec& drill : folder.policy.drills) check("drills", drill.name, drill.runbook);
}

}  // namespace

void check_availability(const PolicyFolder& folder, Problems& problems) {
    check_engines(folder, problems);
    check_stores(folder, problems);
    check_backup_features(folder, problems);
    check_folder_features(folder, problems);
    check_runbooks(folder, problems);
}

}  // namespace holdfast
