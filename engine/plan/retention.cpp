#include "engine/plan/retention.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/plan/retention_rules.hpp"

namespace holdfast {
namespace {

bool is_older(const RecoveryPoint* a, const RecoveryPoint* b) { return std::tie(a->instant, a->id) < std::tie(b->instant, b->id); }

bool lacks_a_copy(const RecoveryPoint& point, const std::vector<StoreName>& wanted) {
    // Nothing known of its copies: it was read from one store. A damaged point is not copied any more.
    if (point.copies.empty() || point.soundness == Soundness::Damaged) return false;
    return std::any_of(wanted.begin(), wanted.end(), [&](const StoreName& store) {
        return std::find(point.copies.begin(), point.copies.end(), store) == point.copies.end();
    });
}

RetentionCandidate candidate_of(const RecoveryPoint& point, Instant now, const RetentionContext& context) {
    RetentionCandidate candidate{.instant = point.instant, .kind = point.kind, .damaged = point.soundness == Soundness::Damaged, .reasons = {}};
    if (point.pinned) candidate.reasons.add(KeepReason::Pinned);
    if (point.keep_until && *point.keep_until > now) candidate.reasons.add(KeepReason::KeepUntil);
    if (lacks_a_copy(point, context.copies)) candidate.reasons.add(KeepReason::NotYetCopied);
    if (!context.in_use.empty() && std::binary_search(context.in_use.begin(), context.in_use.end(), point.id)) candidate.reasons.add(KeepReason::InUse);
    if (!context.log_bases.empty() && std::binary_search(context.log_bases.begin(), context.log_bases.end(), point.id)) candidate.reasons.add(KeepReason::LogBase);
    return candidate;
}

std::string period_text(const std::optional<Period>& period) { return period ? to_text(*period) : "no time"; }

}  // namespace

std::vector<RetentionVerdict> decide_retention(const RetentionRule& rule, const TimeZone& zone, std::span<const RecoveryPoint* const> points,
                                               Instant now, const RetentionContext& context) {
    std::vector<const RecoveryPoint*> oldest_first(points.begin(), points.end());
    std::sort(oldest_first.begin(), oldest_first.end(), is_older);
    std::vector<RetentionCandidate> candidates;
    candidates.reserve(oldest_first.size());
    for (const RecoveryPoint* point : oldest_first) candidates.push_back(candidate_of(*point, now, context));
    apply_retention(rule, zone, candidates, now);

    std::vector<RetentionVerdict> verdicts;
    verdicts.reserve(candidates.size());
    for (std::size_t i = candidates.size(); i-- > 0;)
        verdicts.push_back(RetentionVerdict{.point = oldest_first[i]->id, .reasons = candidates[i].reasons.list()});
    return verdicts;
}

std::vector<RetentionVerdict> decide_retention(const RetentionRule& rule, const TimeZone& zone, std::span<const RecoveryPoint> points, Instant now,
                                               const RetentionContext& context) {
    std::vector<const RecoveryPoint*> references;
    references.reserve(points.size());
    for (const RecoveryPoint& point : points) references.push_back(&point);
    return decide_retention(rule, zone, references, now, context);
}

std::string explain(KeepReason reason, const RetentionRule& rule) {
    switch (reason) {
        case KeepReason::Pinned: return "it is pinned";
        case KeepReason::KeepUntil: return "it was asked to be kept for a time that has not ended";
        case KeepReason::AnySecond: return fmt::format("any moment of the last {} must be recoverable from it", period_text(rule.any_second));
        case KeepReason::AtLeast: return fmt::format("it is among the newest {} sound points, and never fewer are kept", std::max(rule.at_least, 1));
        case KeepReason::Daily: return fmt::format("it is the newest of its day, and one a day is kept for {}", period_text(rule.daily));
        case KeepReason::Weekly: return fmt::format("it is the newest of its week, and one a week is kept for {}", period_text(rule.weekly));
        case KeepReason::Monthly: return fmt::format("it is the newest of its month, and one a month is kept for {}", period_text(rule.monthly));
        case KeepReason::NotYetCopied: return "a store that its environment wants a copy in has none yet";
        case KeepReason::Newest: return "it is the newest sound point";
        case KeepReason::EmptyRule: return "the retention rule is empty, and an empty rule keeps everything";
        case KeepReason::InUse: return "a run is using it";
        case KeepReason::LastResort: return "nothing sound is newer, so what can still be read of it may be needed";
        case KeepReason::LogBase: return "a log that is kept begins at it";
        case KeepReason::ClockMovedBack: return "a point is newer than now, and a clock that moved back expires nothing";
    }
    return {};
}

std::string explain(const RetentionVerdict& verdict, const RetentionRule& rule) {
    if (verdict.keep()) {
        std::vector<std::string> sentences;
        for (const KeepReason reason : verdict.reasons) sentences.push_back(explain(reason, rule));
        return join(sentences, "; ");
    }
    std::vector<std::string> held;
    if (rule.any_second) held.push_back("any second " + to_text(*rule.any_second));
    if (rule.daily) held.push_back("daily " + to_text(*rule.daily));
    if (rule.weekly) held.push_back("weekly " + to_text(*rule.weekly));
    if (rule.monthly) held.push_back("monthly " + to_text(*rule.monthly));
    return fmt::format("no rule holds it ({}), and at least {} newer sound {} stay", join(held, ", "), std::max(rule.at_least, 1),
                       rule.at_least > 1 ? "points" : "point");
}

}  // namespace holdfast
