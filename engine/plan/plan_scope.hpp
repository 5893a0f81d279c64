// Which databases a plan is about, what of their policy this build can do, and what exists of them.
#pragma once

#include <array>
#include <span>
#include <unordered_map>

#include "engine/plan/make_plan.hpp"
#include "engine/plan/plan_notes.hpp"

namespace holdfast {

// One database with all that belongs to it; pointers into the policy and the world.
struct ScopedDatabase {
    const DatabaseSpec* spec = nullptr;
    const BackupPolicy* policy = nullptr;
    std::array<const BackupRule*, 4> rules{};        // By BackupKind; nullptr: none, or not in this build.
    const StoreSpec* store = nullptr;                // Written to; nullptr: none that this build can open.
    const std::vector<StoreName>* copies = nullptr;  // Stores that are to hold each point, as far as this build can open them.
    std::span<const RecoveryPoint* const> points;    // Newest first.
    std::span<const JobRecord* const> jobs;          // In any order.

    const BackupRule* rule(BackupKind kind) const { return rules[static_cast<std::size_t>(kind)]; }
};

class PlanScope {
public:
    // What is left out is told to `notes`. Keeps references to the policy and the world.
    PlanScope(const Policy& policy, const World& world, const PlanOptions& options, PlanNotes& notes);
    PlanScope(const PlanScope&) = delete;
    PlanScope& operator=(const PlanScope&) = delete;

    const std::vector<ScopedDatabase>& databases() const { return databases_; }

private:
    struct CopyStores {
        const StoreSpec* first = nullptr;
        std::vector<StoreName> stores;
        std::vector<std::string> lacking;
    };
    void select(const Policy& policy, const PlanOptions& options, PlanNotes& notes);
    void choose_rules(ScopedDatabase& database, const PlanOptions& options, PlanNotes& notes) const;
    void group(const World& world, PlanNotes& notes);

    std::unordered_map<std::string_view, CopyStores> environments_;
    std::vector<ScopedDatabase> databases_;
    std::unordered_map<std::string_view, std::uint32_t> index_;   // Of all databases of the policy; kNotAsked: not in databases_.
    std::vector<const RecoveryPoint*> points_;                    // By database, newest first.
    std::vector<const JobRecord*> jobs_;                          // By database.
};

}  // namespace holdfast
