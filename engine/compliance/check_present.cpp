#include "engine/compliance/check_present.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::int64_t kDaysOfRoom = 14;

std::vector<std::string> store_path(const StoreFacts& store) { return {"stores", store.store.str()}; }

// What was stored per day over the last 30, in all databases that write to the store.
std::uint64_t stored_per_day(const CheckContext& context, const StoreName& store) {
    std::uint64_t sum = 0;
    for (const auto& subject : context.subjects()) {
        if (std::ranges::find(subject.environment.copies, store) == subject.environment.copies.end()) continue;
        for (const PastRun& run : subject.past.runs) {
            if (run.state == JobState::Done && context.now() - run.finished <= std::chrono::hours(24 * 30)) sum += run.stored_bytes;
        }
    }
    return sum / 30;
}

}  // namespace

void judge_inventory(CheckContext& context) {
    for (const StoreFacts& store : context.evidence.live->stores) {
        if (!store.unreachable.empty()) {
            context.report({.subject = store.store.str(), .path = store_path(store), .message = "it cannot be asked: " + store.unreachable, .fix = "Look with `runbook doctor`."});
            continue;
        }
        if (store.lost_points > 0) {
            context.report({.subject = store.store.str(), .path = store_path(store), .message = fmt::format("the catalog lists {} that the store does not have", counted(store.lost_points, "recovery point")), .fix = "Somebody removed them from the store. Take a full backup, then: runbook catalog rebuild"});
        }
        if (store.unlisted_points > 0) {
            context.report(Severity::Warning, {.subject = store.store.str(), .path = store_path(store), .message = fmt::format("the store has {} that the catalog does not list", counted(store.unlisted_points, "recovery point")), .fix = "Read them in: runbook catalog rebuild"});
        }
    }
}

void judge_space(CheckContext& context) {
    for (const StoreFacts& store : context.evidence.live->stores) {
        if (!store.free_bytes) continue;
        const std::uint64_t free = *store.free_bytes, per_day = stored_per_day(context, store.store);
        const auto needed = per_day * static_cast<std::uint64_t>(kDaysOfRoom);
        if (free < needed) {
            context.report({.subject = store.store.str(), .path = store_path(store), .message = fmt::format("{} free and {} stored a day: full in {:.1f} days, {} are wanted", format_bytes(free), format_bytes(per_day), static_cast<double>(free) / static_cast<double>(per_day), kDaysOfRoom), .fix = "Make room, or keep fewer points: runbook expire --dry-run"});
        } else if (free < (free + store.stored_bytes) / 10) {
            context.report(Severity::Warning, {.subject = store.store.str(), .path = store_path(store), .message = fmt::format("{} free beside {} stored: less than a tenth", format_bytes(free), format_bytes(store.stored_bytes)), .fix = "Make room, or keep fewer points: runbook expire --dry-run"});
        }
    }
}

void judge_clock(CheckContext& context) {
    const Instant newest = context.evidence.live->newest_instant;
    if (newest <= context.now() + std::chrono::minutes(1)) return;
    context.report({.subject = "", .path = {}, .message = fmt::format("the clock says {}, but something is on record from {}", to_rfc3339(context.now()), to_rfc3339(newest)), .fix = "Set the clock. Nothing expires until it is right again."});
}

void judge_audit_chain(CheckContext& context) {
    const std::string& broken = context.evidence.live->broken_chain;
    if (!broken.empty()) context.report({.subject = "", .path = {}, .message = "the audit chain is broken: " + broken, .fix = "Somebody changed the record. See: runbook audit verify"});
}

}  // namespace holdfast
