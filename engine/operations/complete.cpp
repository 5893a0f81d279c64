#include "engine/operations/complete.hpp"

#include "dsl/load/runbook.hpp"
#include "engine/operations/run_book.hpp"

namespace holdfast {
namespace {

std::vector<std::string> names_of(Completable what, const Built& built, const fs::path& policy_folder) {
    std::vector<std::string> names;
    if (what == Completable::Books) {
        for (const RunbookFile& file : runbook_files(runbook_folders(built, policy_folder))) names.push_back(file.name);
        return names;
    }
    LoadedPolicy loaded = read_policy(built, policy_folder);
    if (what == Completable::Databases) {
        for (const DatabaseSpec& database : loaded.policy.databases) names.push_back(database.name.str());
    } else if (what == Completable::Environments) {
        for (const EnvironmentSpec& environment : loaded.policy.environments) names.push_back(environment.name.str());
    } else if (loaded.usable()) {
        const Workplace workplace(built, std::move(loaded.policy));
        if (what == Completable::Points) {
            for (const RecoveryPoint& point : workplace.catalog().points(std::nullopt)) names.push_back(point.id.str());
        } else {
            for (const RunSummary& run : list_runs(workplace)) names.push_back(run.id.str());
        }
    }
    return names;
}

}  // namespace

std::vector<std::string> completions_of(Completable what, const Built& built, const fs::path& policy_folder) {
    try {
        return names_of(what, built, policy_folder);
    } catch (const Error&) {   // Completion must never write into somebody's prompt.
        return {};
    }
}

std::vector<ParameterOffer> parameters_of_book(const std::string& book, const Built& built, const fs::path& policy_folder) {
    std::vector<ParameterOffer> offers;
    try {
        for (const ParameterDefinition& parameter : find_runbook(book, runbook_folders(built, policy_folder)).params) {
            ParameterOffer offer{parameter.flag, parameter.choices};
            if (parameter.type == ParameterType::Database) offer.values = completions_of(Completable::Databases, built, policy_folder);
            offers.push_back(std::move(offer));
        }
    } catch (const Error&) {   // As above.
    }
    return offers;
}

}  // namespace holdfast
