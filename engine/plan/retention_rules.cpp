#include "engine/plan/retention_rules.hpp"

#include <algorithm>

#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

using Candidates = std::span<RetentionCandidate>;

// Restorable states of one sort take each other's place; log pieces are no states of their own.
// Evidence stays as long as it is pinned; no rule speaks of it.
enum class Series : std::uint8_t { Physical, Logical, Log, Evidence };

Series series_of(BackupKind kind) {
    switch (kind) {
        case BackupKind::Full:
        case BackupKind::Incremental: return Series::Physical;
        case BackupKind::Log: return Series::Log;
        case BackupKind::Raw: return Series::Evidence;
        case BackupKind::Logical: break;
    }
    return Series::Logical;
}

// Calls `see` for the sound points of a series, newest first, until it returns false.
template <typename See>
void each_sound(Candidates points, Series series, See&& see) {
    for (std::size_t i = points.size(); i-- > 0;) {
        if (!points[i].damaged && series_of(points[i].kind) == series && !see(points[i])) return;
    }
}

void keep_newest(Candidates points, Series series, int at_least) {
    int seen = 0;
    each_sound(points, series, [&](RetentionCandidate& point) {
        if (seen == 0) point.reasons.add(KeepReason::Newest);
        if (seen < at_least) point.reasons.add(KeepReason::AtLeast);
        return ++seen < at_least;
    });
}

using BucketKey = std::int64_t (*)(Instant, const TimeZone&);

// The newest sound point of each bucket, back to the instant from which on time is covered.
void keep_buckets(Candidates points, Series series, const TimeZone& zone, Instant since, std::pair<KeepReason, BucketKey> bucket) {
    std::optional<std::int64_t> last;
    each_sound(points, series, [&](RetentionCandidate& point) {
        if (point.instant < since) return false;
        const std::int64_t key = bucket.second(point.instant, zone);
        if (key != last) point.reasons.add(bucket.first);
        last = key;
        return true;
    });
}

// All of the window, and the newest before it, onto which the first logs of the window are replayed.
void keep_window(Candidates points, Series series, Instant since) {
    each_sound(points, series, [&](RetentionCandidate& point) {
        point.reasons.add(KeepReason::AnySecond);
        return point.instant >= since;
    });
}

// Log pieces belong to the oldest state that is held for the window; without a window to the newest state.
void keep_logs(Candidates points, bool window) {
    std::optional<Instant> base;
    const KeepReason reason = window ? KeepReason::AnySecond : KeepReason::Newest;
    each_sound(points, Series::Physical, [&](const RetentionCandidate& point) {
        if (!point.reasons.has(reason)) return false;
        base = point.instant;
        return true;
    });
    for (RetentionCandidate& point : points) {
        if (series_of(point.kind) != Series::Log) continue;
        if (!base) point.reasons.add(KeepReason::LastResort);
        else if (point.instant >= *base) point.reasons.add(reason);
    }
}

void keep_damaged_without_newer(Candidates points, Series series) {
    for (std::size_t i = points.size(); i-- > 0;) {
        if (series_of(points[i].kind) != series) continue;
        if (!points[i].damaged) return;
        points[i].reasons.add(KeepReason::LastResort);
    }
}

}  // namespace

std::vector<KeepReason> KeepReasons::list() const {
    std::vector<KeepReason> reasons;
    if (bits_ == 0) return reasons;
    reasons.reserve(static_cast<std::size_t>(std::popcount(bits_)));
    for (unsigned bit = 0; bit < 32; ++bit) {
        if ((bits_ >> bit & 1) != 0) reasons.push_back(static_cast<KeepReason>(bit));
    }
    return reasons;
}

void apply_retention(const RetentionRule& rule, const TimeZone& zone, Candidates points, Instant now) {
    if (points.empty()) return;
    const auto since = [&](const Period& period) { return before_by(now, period, zone); };
    for (const Series series : {Series::Physical, Series::Logical}) {
        keep_newest(points, series, std::max(rule.at_least, 1));
        if (rule.any_second) keep_window(points, series, since(*rule.any_second));
        if (rule.daily) keep_buckets(points, series, zone, since(*rule.daily), {KeepReason::Daily, day_key});
        if (rule.weekly) keep_buckets(points, series, zone, since(*rule.weekly), {KeepReason::Weekly, week_key});
        if (rule.monthly) keep_buckets(points, series, zone, since(*rule.monthly), {KeepReason::Monthly, month_key});
        keep_damaged_without_newer(points, series);
    }
    keep_logs(points, rule.any_second.has_value());
    const bool clock_moved_back = points.back().instant > now;
    for (RetentionCandidate& point : points) {
        if (rule.empty()) point.reasons.add(KeepReason::EmptyRule);
        if (clock_moved_back) point.reasons.add(KeepReason::ClockMovedBack);
    }
}

}  // namespace holdfast
