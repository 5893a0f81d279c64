// `expire`: removes what retention lets go, and says why everything else stays.
#pragma once

#include "engine/job/run_plan.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

struct ExpirePlan {
    struct Entry {
        RecoveryPoint point;
        RetentionVerdict verdict;
        std::string why;               // A sentence.
    };
    std::vector<Entry> entries;        // By database, newest first.
    std::size_t to_expire = 0;
    std::vector<DatabaseRetention> retention;
};

ExpirePlan plan_expiry(const Workplace& workplace, const std::optional<DatabaseName>& database,
                       const std::optional<EnvironmentName>& environment);

ExpireOutcome expire(const Workplace& workplace, const ExpirePlan& plan, Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
