// Holds a policy and what is known of its backups against all checks, and the findings against the waivers.
//
// Pure: the same policy and evidence give the same judgement, byte for byte.
#pragma once

#include "engine/compliance/checks.hpp"
#include "engine/model/waiver.hpp"

namespace holdfast {

struct JudgedCheck {
    std::string id;
    std::size_t findings = 0;          // Not waived.
    std::size_t waived = 0;
    std::string not_judged;            // Why it could not be judged; never a pass.
    bool passed() const { return findings == 0 && not_judged.empty(); }
    bool operator==(const JudgedCheck&) const = default;
};
struct Waived {
    Shortfall shortfall;
    std::size_t waiver = 0;            // Index among the policy's.
    bool operator==(const Waived&) const = default;
};
struct Judgement {
    Instant as_of;
    std::size_t databases = 0;
    std::vector<Shortfall> findings;   // By check, then in the policy's order.
    std::vector<Waived> waived;
    std::vector<JudgedCheck> checks;   // All, in the table's order.
    bool operator==(const Judgement&) const = default;
};

// Requires: the policy has passed its check.
Judgement judge(const Policy& policy, const Evidence& evidence);
// A waiver in force excuses it.
bool is_waived(const Policy& policy, const Shortfall& shortfall, Instant at);
// Counts the findings of each check again, after some were taken out.
void recount(Judgement& judgement);

}  // namespace holdfast
