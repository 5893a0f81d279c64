#include "engine/operations/open.hpp"

#include "dsl/load/runbook.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/operations/provenance.hpp"

namespace holdfast {
namespace {

std::string bad_policy_message(const std::vector<Finding>& findings) {
    const auto errors = std::count_if(findings.begin(), findings.end(),
                                      [](const Finding& finding) { return finding.severity == Severity::Error; });
    return fmt::format("the policy has {}", counted(static_cast<std::uint64_t>(errors), "error"));
}

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

}  // namespace

BadPolicyError::BadPolicyError(std::vector<Finding> all)
    : Error(ErrorCode::BadPolicy, bad_policy_message(all), "Put these right, then see: runbook policy check"),
      findings(std::move(all)) {}

fs::path find_policy_folder(const std::optional<fs::path>& given, const fs::path& here) {
    if (given) {
        const fs::path folder = given->is_absolute() ? *given : here / *given;
        if (is_folder(folder)) return folder.lexically_normal();
        throw Error(ErrorCode::Missing, fmt::format("there is no policy folder {}", folder.string()),
                    "Check --policies or HOLDFAST_POLICIES.");
    }
    for (fs::path folder = here;; folder = folder.parent_path()) {
        if (is_folder(folder / "policies")) return folder / "policies";
        if (!folder.has_parent_path() || folder == folder.parent_path()) break;
    }
    throw Error(ErrorCode::Missing, fmt::format("there is no folder policies/ in {} or above it", here.string()),
                "Begin with: runbook init. Or say where it is with --policies DIR or HOLDFAST_POLICIES.");
}

std::vector<fs::path> runbook_folders(const Built& built, const fs::path& policy_folder) {
    std::vector<fs::path> folders{policy_folder.parent_path() / "runbooks"};
    folders.insert(folders.end(), built.shipped_runbooks.begin(), built.shipped_runbooks.end());
    std::erase_if(folders, [](const fs::path& folder) { return !is_folder(folder); });
    return folders;
}

LoadOptions load_options(const Built& built, const fs::path& policy_folder) {
    LoadOptions options;
    options.engines = built.providers.engines();
    options.store_schemes = built.stores.schemes();
    options.folder = policy_folder;
    options.today = built.clock.now();
    options.features = {PolicyFeature::LogBackup, PolicyFeature::ContinuousLog, PolicyFeature::LogicalBackup, PolicyFeature::FurtherCopies, PolicyFeature::IntegrityChecks,
                        PolicyFeature::RestoreChecks, PolicyFeature::Drills};
    if (built.courier != nullptr) options.features.insert(PolicyFeature::Notifications);
    std::vector<std::string> names;
    for (const RunbookFile& file : runbook_files(runbook_folders(built, policy_folder))) names.push_back(file.name);
    options.runbooks = std::move(names);
    return options;
}

PlanOptions plan_options(const Built& built) {
    PlanOptions options;
    options.can_run.emplace();
    for (const EngineKind engine : built.providers.engines()) {
        const ProviderTraits traits = built.providers.of(engine).traits();
        options.can_run->emplace_back(engine, BackupKind::Full);
        if (traits.can_incremental) options.can_run->emplace_back(engine, BackupKind::Incremental);
        if (traits.can_log) options.can_run->emplace_back(engine, BackupKind::Log);
        if (traits.can_logical) options.can_run->emplace_back(engine, BackupKind::Logical);
    }
    options.store_schemes = built.stores.schemes();
    return options;
}

LoadedPolicy read_policy(const Built& built, const fs::path& policy_folder) {
    return load_policy(load_options(built, policy_folder));
}

LoadedPolicy require_policy(const Built& built, const fs::path& policy_folder) {
    LoadedPolicy loaded = read_policy(built, policy_folder);
    if (!loaded.usable()) throw BadPolicyError(std::move(loaded.findings));
    return loaded;
}

Workplace::Workplace(const Built& built, Policy policy, bool from_store_alone)
    : built_(built), policy_(std::move(policy)), runbook_folders_(holdfast::runbook_folders(built, policy_.folder)) {
    within("make the state folder", [&] { make_private_folders(policy_.state); });
    catalog_ = Catalog::open(policy_.state / "catalog.db", built_.clock);
    repositories_ = std::make_unique<Repositories>(policy_, built_.stores, built_.clock, policy_.state);
    installation_ = std::make_unique<Installation>(Installation{
        .policy = policy_,
        .catalog = *catalog_,
        .repositories = *repositories_,
        .providers = built_.providers,
        .clock = built_.clock,
        .state = policy_.state,
        .from_store_alone = from_store_alone,
        .provenance = provenance_of(policy_, built_.version),
    });
}

Workplace::~Workplace() = default;

}  // namespace holdfast
