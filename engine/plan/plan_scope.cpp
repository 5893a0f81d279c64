#include "engine/plan/plan_scope.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint32_t kNotAsked = std::numeric_limits<std::uint32_t>::max();

std::string_view scheme_part(std::string_view url) { return url.substr(0, std::min(url.find("://"), url.size())); }

bool can_open(const StoreSpec& store, const PlanOptions& options) {
    if (!options.store_schemes) return true;
    return std::find(options.store_schemes->begin(), options.store_schemes->end(), scheme_part(store.url)) != options.store_schemes->end();
}

bool can_run(EngineKind engine, BackupKind kind, const PlanOptions& options) {
    if (!options.can_run) return true;
    return std::find(options.can_run->begin(), options.can_run->end(), std::pair(engine, kind)) != options.can_run->end();
}

bool is_asked(const DatabaseSpec& database, const PlanOptions& options) {
    return (!options.database || *options.database == database.name) && (!options.environment || *options.environment == database.environment);
}

// Sorts rows by the database they belong to, in one pass each for counting and for placing. `index_of` gives
// kNotAsked for rows that are left out. Returns where each database's rows begin, and the end.
template <typename Row, typename IndexOf>
std::vector<std::uint32_t> group_rows(const std::vector<Row>& rows, std::size_t groups, IndexOf&& index_of, std::vector<const Row*>& grouped) {
    std::vector<std::uint32_t> of_row(rows.size()), begins(groups + 1, 0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        of_row[i] = index_of(rows[i]);
        if (of_row[i] != kNotAsked) ++begins[of_row[i] + 1];
    }
    for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
    grouped.resize(begins.back());
    std::vector<std::uint32_t> next(begins.begin(), begins.end() - 1);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (of_row[i] != kNotAsked) grouped[next[of_row[i]]++] = &rows[i];
    }
    return begins;
}

}  // namespace

PlanScope::PlanScope(const Policy& policy, const World& world, const PlanOptions& options, PlanNotes& notes) {
    select(policy, options, notes);
    group(world, notes);
}

void PlanScope::select(const Policy& policy, const PlanOptions& options, PlanNotes& notes) {
    std::unordered_map<std::string_view, const BackupPolicy*> policies;
    for (const BackupPolicy& backup : policy.policies) policies.emplace(backup.name.str(), &backup);
    for (const EnvironmentSpec& environment : policy.environments) {
        CopyStores& copies = environments_[environment.name.str()];
        for (const StoreName& name : environment.copies) {
            const StoreSpec* store = policy.store(name);
            if (store == nullptr || !can_open(*store, options)) {
                copies.lacking.push_back(name.str());
                continue;
            }
            if (copies.first == nullptr) copies.first = store;
            copies.stores.push_back(name);
        }
    }
    index_.reserve(policy.databases.size());
    for (const DatabaseSpec& spec : policy.databases) {
        index_.emplace(spec.name.str(), kNotAsked);
        const auto backup = policies.find(spec.policy.str());
        const auto environment = environments_.find(spec.environment.str());
        if (!is_asked(spec, options) || backup == policies.end() || environment == environments_.end()) continue;
        ScopedDatabase database{.spec = &spec, .policy = backup->second, .rules = {}, .store = environment->second.first,
                                .copies = &environment->second.stores, .points = {}, .jobs = {}};
        for (const std::string& name : environment->second.lacking)
            notes.add(fmt::format("the store {} cannot be opened by this build: no backups or copies go there for {{}}", name), spec.name);
        choose_rules(database, options, notes);
        index_[spec.name.str()] = static_cast<std::uint32_t>(databases_.size());
        databases_.push_back(database);
    }
}

void PlanScope::choose_rules(ScopedDatabase& database, const PlanOptions& options, PlanNotes& notes) const {
    const DatabaseSpec& spec = *database.spec;
    if (database.store == nullptr) {
        notes.add("nothing is backed up, for want of a store that this build can open, for {}", spec.name);
        return;
    }
    for (const BackupRule& rule : database.policy->backups) {
        if (can_run(spec.engine, rule.kind, options)) {
            database.rules[static_cast<std::size_t>(rule.kind)] = &rule;
        } else {
            notes.add(fmt::format("{} backups of {} are not in this build: left out for {{}}", name_of(rule.kind), name_of(spec.engine)), spec.name);
        }
    }
}

void PlanScope::group(const World& world, PlanNotes& notes) {
    const auto index_of = [&](const DatabaseName& name) {
        const auto found = index_.find(name.str());
        return found == index_.end() ? kNotAsked : found->second;
    };
    std::set<DatabaseName> strangers;
    const auto point_index = [&](const RecoveryPoint& point) {
        const std::uint32_t index = index_of(point.database);
        if (index == kNotAsked && !index_.contains(point.database.str())) strangers.insert(point.database);
        return index;
    };
    const auto point_begins = group_rows(world.points, databases_.size(), point_index, points_);
    const auto job_begins = group_rows(world.jobs, databases_.size(), [&](const JobRecord& job) { return index_of(job.slot.database); }, jobs_);
    for (const DatabaseName& name : strangers)
        notes.add("recovery points of databases that the policy does not name are left alone: {}", name);
    for (std::size_t i = 0; i < databases_.size(); ++i) {
        std::sort(points_.begin() + point_begins[i], points_.begin() + point_begins[i + 1],
                  [](const RecoveryPoint* a, const RecoveryPoint* b) { return std::tie(a->instant, a->id) > std::tie(b->instant, b->id); });
        databases_[i].points = std::span(points_).subspan(point_begins[i], point_begins[i + 1] - point_begins[i]);
        databases_[i].jobs = std::span(jobs_).subspan(job_begins[i], job_begins[i + 1] - job_begins[i]);
    }
}

}  // namespace holdfast
