#include "engine/plan/log_retention.hpp"

#include <algorithm>

#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

constexpr Duration kFoldAfter = std::chrono::hours(1);

bool is_newest_of_its_store(const LogWindow& window, std::span<const LogWindow> windows) {
    return std::ranges::none_of(windows, [&](const LogWindow& other) {
        return other.store == window.store && other.database == window.database && std::tie(other.from, other.stream) > std::tie(window.from, window.stream);
    });
}

bool has_newer_point(const LogWindow& window, std::span<const RecoveryPoint> points) {
    return std::ranges::any_of(points, [&](const RecoveryPoint& point) {
        const bool state = point.kind == BackupKind::Full || point.kind == BackupKind::Incremental;
        const bool there = std::ranges::find(point.copies, window.store) != point.copies.end();
        return state && there && point.soundness != Soundness::Damaged && point.database == window.database && point.instant >= window.until;
    });
}

}  // namespace

Instant fold_logs_before(const RetentionRule& rule, const TimeZone& zone, Instant now) {
    return rule.any_second ? before_by(now, *rule.any_second, zone) : now - kFoldAfter;
}

std::vector<LogWindow> logs_to_expire(const RetentionRule& rule, const TimeZone& zone, std::span<const LogWindow> windows,
                                      std::span<const RecoveryPoint> points, Instant now) {
    std::vector<LogWindow> free;
    const bool clock_moved_back = std::ranges::any_of(points, [&](const RecoveryPoint& point) { return point.instant > now; });
    if (rule.empty() || clock_moved_back) return free;
    const Instant promised = rule.any_second ? before_by(now, *rule.any_second, zone) : now;
    for (const LogWindow& window : windows) {
        if (window.until < promised && !is_newest_of_its_store(window, windows) && has_newer_point(window, points)) free.push_back(window);
    }
    return free;
}

std::vector<PointId> log_bases(std::span<const LogWindow> windows) {
    std::vector<PointId> bases;
    for (const LogWindow& window : windows) bases.push_back(window.base);
    std::ranges::sort(bases);
    bases.erase(std::unique(bases.begin(), bases.end()), bases.end());
    return bases;
}

}  // namespace holdfast
