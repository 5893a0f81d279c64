#include "engine/compliance/rpo_fix.hpp"

#include <algorithm>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

struct Change {
    BackupPolicy backups;
    std::string text;
    double size = 0;         // In relation to what is there; beyond 1 for another kind of schedule.
};

Duration round_down(Duration time) {
    const Duration unit = time >= std::chrono::minutes(1) ? Duration(std::chrono::minutes(1)) : Duration(std::chrono::seconds(1));
    return time - time % unit;
}

Duration round_up(Duration time) {
    const Duration unit = std::chrono::minutes(1);
    return time + (unit - time % unit) % unit;
}

double share(Duration of, Duration whole) { return static_cast<double>(of.count()) / static_cast<double>(std::max<std::int64_t>(1, whole.count())); }

// Shorter distances: what is left of the promise, divided by the runs that it must hold.
void offer_schedule(const BackupPolicy& backups, std::size_t rule, const RpoProof& proof, std::vector<Change>& changes) {
    const Duration between = proof.terms.front().time;
    const Duration left = *proof.promised - (*proof.worst - between);
    const Duration every = round_down(left / (proof.missed + 1));
    if (every <= Duration(0)) return;
    const auto* before = std::get_if<EverySpec>(&backups.backups[rule].when);
    Change change{.backups = backups, .text = {}, .size = before != nullptr ? 1 - share(every, before->every) : 2 - share(every, between / (proof.missed + 1))};
    change.backups.backups[rule].when = EverySpec{every};
    change.text = fmt::format("`backups.{}: {{ every: {} }}` instead of `{}`", name_of(backups.backups[rule].kind), to_text(every), schedule_text(backups.backups[rule].when));
    changes.push_back(std::move(change));
}

void offer_limit(const BackupPolicy& backups, std::size_t rule, std::optional<Duration> BackupRule::*limit, std::string_view key, const RpoProof& proof,
                 std::vector<Change>& changes) {
    const std::optional<Duration>& before = backups.backups[rule].*limit;
    if (!before) return;
    Duration excess = *proof.worst - *proof.promised;
    // The copy may take as long as the backup may: a shorter limit counts twice.
    const bool copied = limit == &BackupRule::finish_within && proof.terms.back().what.starts_with("copy to ");
    if (copied) excess = (excess + Duration(1)) / 2;
    const Duration after = round_down(*before - excess);
    if (after <= Duration(0)) return;
    Change change{.backups = backups, .text = {}, .size = share(*before - after, *before)};
    change.backups.backups[rule].*limit = after;
    change.text = fmt::format("`backups.{}.{}: {}` instead of `{}`", name_of(backups.backups[rule].kind), key, to_text(after), to_text(*before));
    changes.push_back(std::move(change));
}

std::vector<Change> changes_to_try(const BackupPolicy& backups, const RpoProof& proof) {
    std::vector<Change> changes;
    for (std::size_t rule = 0; rule < backups.backups.size(); ++rule) {
        offer_schedule(backups, rule, proof, changes);
        offer_limit(backups, rule, &BackupRule::start_within, "start_within", proof, changes);
        offer_limit(backups, rule, &BackupRule::finish_within, "finish_within", proof, changes);
    }
    if (proof.disaster == Disaster::Corruption && backups.verify.after_backup != VerifyDepth::Restore) {
        Change change{.backups = backups, .text = "`verify.after_backup: restore`, so that damage is noticed at once", .size = 0.5};
        change.backups.verify.after_backup = VerifyDepth::Restore;
        changes.push_back(std::move(change));
    }
    std::ranges::stable_sort(changes, {}, &Change::size);
    return changes;
}

}  // namespace

std::string smallest_fix(const RpoCase& asked, const BackupPolicy& backups, const RpoProof& proof, SlotLists& slots) {
    for (const Change& change : changes_to_try(backups, proof)) {
        if (prove_one(asked, change.backups, slots).verdict == ProofVerdict::Holds) return fmt::format("In policy {}: {}.", backups.name.str(), change.text);
    }
    return fmt::format("No single other value makes it hold. Promise less: `environments.{}.rpo: {}` instead of `{}`.", asked.environment.name.str(), to_text(round_up(*proof.worst)),
                       to_text(*proof.promised));
}

}  // namespace holdfast
