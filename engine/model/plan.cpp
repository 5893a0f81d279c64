#include "engine/model/plan.hpp"

#include <array>

namespace holdfast {

bool Plan::has_changes() const {
    if (!jobs.empty() || !copies.empty()) return true;
    for (const DatabaseRetention& database : retention) {
        for (const RetentionVerdict& verdict : database.verdicts) {
            if (!verdict.keep()) return true;
        }
    }
    return false;
}

std::string_view name_of(JobReason reason) {
    constexpr std::array<std::string_view, 6> kNames{"due", "catch-up", "no-base", "first-backup", "by-hand", "by-runbook"};
    return kNames.at(static_cast<std::size_t>(reason));
}

std::string_view name_of(KeepReason reason) {
    constexpr std::array<std::string_view, 14> kNames{"pinned", "keep-until", "any_second", "at_least", "daily", "weekly",
                                                      "monthly", "not-yet-copied", "newest", "empty-rule", "in-use",
                                                      "last-resort", "log-base", "clock-moved-back"};
    return kNames.at(static_cast<std::size_t>(reason));
}

}  // namespace holdfast
