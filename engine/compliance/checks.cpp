#include "engine/compliance/checks.hpp"

#include <algorithm>
#include <array>

#include "engine/compliance/check_copies.hpp"
#include "engine/compliance/check_present.hpp"
#include "engine/compliance/check_promises.hpp"
#include "engine/compliance/check_record.hpp"
#include "engine/compliance/check_recovery.hpp"
#include "engine/compliance/check_retention.hpp"
#include "engine/compliance/check_schedule.hpp"

namespace holdfast {
namespace {

using enum Severity;
using enum CheckBasis;

constexpr std::array kChecks{
    Check{"COVER", Error, Present, "Every database found beside those of the policy is covered by it.", judge_cover},
    Check{"OWNER", Warning, Policy, "Every database has an owner to ask.", judge_owner},
    Check{"RPO-PROOF", Error, Policy, "The promised RPO is proved from the schedule for every disaster.", judge_rpo_proof},
    Check{"RPO-TOLERANCE", Error, Policy, "The RPO still holds when as many runs fail as the environment tolerates.", judge_rpo_tolerance},
    Check{"RTO-PROOF", Warning, Record, "The promised recovery time holds by the rates that were measured here.", judge_rto_proof},
    Check{"KEEP-FLOOR", Warning, Policy, "Recovery points reach back at least 35 days.", judge_keep_floor},
    Check{"KEEP-CEILING", Warning, Policy, "Recovery points are not kept for ever, nor beyond ten years.", judge_keep_ceiling},
    Check{"TIER-REACHABLE", Warning, Policy, "Every retention rule finds a state in each of its days, weeks or months.", judge_tier_reachable},
    Check{"LOG-SPAN", Warning, Policy, "The log that is kept reaches from one state to the next.", judge_log_span},
    Check{"SCHED-DST", Warning, Policy, "No run falls into an hour that clocks skip or repeat.", judge_sched_dst},
    Check{"SCHED-OVERLAP", Warning, Policy, "A run is done before the next of its kind is due.", judge_sched_overlap},
    Check{"SCHED-LOAD", Warning, Record, "What is due at one time can be started in time, one after the other.", judge_sched_load},
    Check{"COPY-COUNT", Warning, Policy, "There are two copies of every backup.", judge_copy_count},
    Check{"COPY-SITES", Error, Policy, "A copy stands at another site than the database.", judge_copy_sites},
    Check{"COPY-KINDS", Warning, Policy, "The copies are in stores of two kinds.", judge_copy_kinds},
    Check{"LOCKED", Warning, Policy, "A copy is in a store with object lock.", judge_locked},
    Check{"ISOLATED", Warning, Policy, "A locked copy stands at another site, out of reach of whoever takes over this one.", judge_isolated},
    Check{"ENCRYPTED", Error, Policy, "Backups are encrypted.", judge_encrypted},
    Check{"KEY-ESCROW", Warning, Present, "A second key opens every repository, for the day on which the first is lost.", judge_key_escrow},
    Check{"KEY-AGE", Warning, Present, "No key is older than `encryption.rotate_every`.", judge_key_age},
    Check{"DELETE-GUARD", Warning, Policy, "Nobody alone can destroy all copies.", judge_delete_guard},
    Check{"BOOK-EXISTS", Error, Policy, "A runbook that exists answers each disaster.", judge_book_exists},
    Check{"BOOK-TESTED", Warning, Record, "Each of those runbooks has run to its end, or passed a drill, within 180 days.", judge_book_tested},
    Check{"DRILL-PLANNED", Warning, Policy, "A drill is planned for every database, as often as the floor demands.", judge_drill_planned},
    Check{"RPO-NOW", Error, Record, "What would be lost at this moment is within the RPO.", judge_rpo_now},
    Check{"GAP", Warning, Record, "In the last 30 days there was never more than the RPO between two recoverable moments.", judge_gap},
    Check{"KEEP-ACTUAL", Warning, Record, "The points that retention promises are there.", judge_keep_actual},
    Check{"VERIFY-AGE", Warning, Record, "A point of each database was checked within 35 days, or as often as the policy says.", judge_verify_age},
    Check{"VERIFY-ERRORS", Error, Record, "No recovery point is known to be damaged.", judge_verify_errors},
    Check{"CHECKSUM", Warning, Record, "Every point was read back within a day.", judge_checksum},
    Check{"DRILL-AGE", Error, Record, "Each database was covered by a drill as recently as the floor demands.", judge_drill_age},
    Check{"RTO-MEASURED", Warning, Record, "The newest drill of each database was done within the promised recovery time.", judge_rto_measured},
    Check{"PROVENANCE", Note, Record, "Every point of the last 30 days carries a clean commit of the policy.", judge_provenance},
    Check{"SIZE-ANOMALY", Warning, Record, "The newest state is about as large as those before it, and not empty.", judge_size_anomaly},
    Check{"DURATION-ANOMALY", Warning, Record, "The newest run took no more than twice the average.", judge_duration_anomaly},
    Check{"INVENTORY", Error, Present, "Every store holds exactly what the catalog says.", judge_inventory},
    Check{"SPACE", Error, Present, "Every store has room for the next 14 days, and a tenth of it free.", judge_space},
    Check{"CLOCK", Error, Present, "The clock has not been moved back.", judge_clock},
    Check{"AUDIT-CHAIN", Error, Present, "The audit chain is unbroken.", judge_audit_chain},
    Check{"WAIVER-EXPIRED", Warning, Policy, "No waiver has ended."},
    Check{"WAIVER-ENDING", Note, Policy, "No waiver ends within two weeks."},
    Check{"WAIVER-UNUSED", Warning, Policy, "Every waiver excuses a finding."},
    Check{"WAIVER-APPROVER", Error, Policy, "Nobody approves a waiver that they asked for."},
};

}  // namespace

std::string_view name_of(CheckBasis basis) {
    constexpr std::array<std::string_view, 3> kNames{"policy", "record", "present"};
    return kNames.at(static_cast<std::size_t>(basis));
}

std::span<const Check> all_checks() { return kChecks; }

const Check* check_named(std::string_view id) {
    const auto found = std::ranges::find(kChecks, id, &Check::id);
    return found == kChecks.end() ? nullptr : &*found;
}

}  // namespace holdfast
