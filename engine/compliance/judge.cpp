#include "engine/compliance/judge.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/schedule/zone.hpp"

namespace holdfast {
namespace {

std::string date_text(std::chrono::sys_days day) { return to_rfc3339(Instant(day)).substr(0, 10); }

bool covers(const Waiver& waiver, const Shortfall& shortfall) {
    return waiver.check == shortfall.check && (!waiver.database || waiver.database->str() == shortfall.subject);
}

bool in_force(const Waiver& waiver, Instant at) { return !has_ended(waiver, at) && waiver.asked_by != waiver.approved_by; }

// The first waiver in force that covers it.
std::optional<std::size_t> waiver_of(const Policy& policy, const Shortfall& shortfall, Instant at) {
    for (std::size_t i = 0; i < policy.waivers.size(); ++i) {
        if (in_force(policy.waivers[i], at) && covers(policy.waivers[i], shortfall)) return i;
    }
    return std::nullopt;
}

std::string whose(const Waiver& waiver) { return waiver.database ? fmt::format("{} of {}", waiver.check, waiver.database->str()) : waiver.check; }

Shortfall about_waiver(std::string check, Severity severity, const Policy& policy, std::size_t index, std::string message, std::string fix) {
    const Waiver& waiver = policy.waivers[index];
    return {.check = std::move(check), .severity = severity, .subject = waiver.database ? waiver.database->str() : "",
            .path = {"waivers", std::to_string(index), "until"}, .message = std::move(message), .fix = std::move(fix)};
}

// What is to be said of the waivers themselves. `used`: by index.
std::vector<Shortfall> judge_waivers(const Policy& policy, const std::vector<std::size_t>& used, const std::vector<JudgedCheck>& checks, Instant at) {
    std::vector<Shortfall> found;
    for (std::size_t i = 0; i < policy.waivers.size(); ++i) {
        const Waiver& waiver = policy.waivers[i];
        const std::string day = date_text(waiver.until);
        const auto check = std::ranges::find(checks, waiver.check, &JudgedCheck::id);
        if (has_ended(waiver, at)) {
            found.push_back(about_waiver("WAIVER-EXPIRED", Severity::Warning, policy, i, fmt::format("the waiver of {} has ended on {}", whose(waiver), day), "Remove it, or have it approved again."));
        } else if (ends_soon(waiver, at)) {
            found.push_back(about_waiver("WAIVER-ENDING", Severity::Note, policy, i, fmt::format("the waiver of {} ends on {}", whose(waiver), day), "Mend what it excuses, or have it approved again in time."));
        }
        if (check == checks.end()) {
            found.push_back(about_waiver("WAIVER-UNUSED", Severity::Warning, policy, i, fmt::format("the waiver of {} names a check that does not exist", printable(whose(waiver), 80)), "See `runbook comply checks` for their names."));
        } else if (used[i] == 0 && check->not_judged.empty() && !has_ended(waiver, at)) {
            found.push_back(about_waiver("WAIVER-UNUSED", Severity::Warning, policy, i, fmt::format("the waiver of {} excuses nothing: there is no such finding", whose(waiver)), "Remove it."));
        }
        if (!waiver.asked_by.empty() && waiver.asked_by == waiver.approved_by) {
            found.push_back(about_waiver("WAIVER-APPROVER", Severity::Error, policy, i, fmt::format("the waiver of {} is approved by {}, who asked for it", whose(waiver), printable(waiver.asked_by, 60)), "Have somebody else approve it."));
        }
    }
    return found;
}

std::vector<Shortfall> run_checks(const Policy& policy, const Evidence& evidence, std::vector<JudgedCheck>& judged) {
    SlotLists slots(TimeZone::require(policy.timezone), evidence.as_of);
    CheckContext context(policy, evidence, slots);
    for (const Check& check : all_checks()) {
        context.begin(check.id, check.severity);
        if (check.basis == CheckBasis::Present && !evidence.live) context.cannot_judge("it needs a look at what is there now, and a past time was asked about");
        else if (check.judge != nullptr) check.judge(context);
        judged.push_back({.id = std::string(check.id), .findings = 0, .waived = 0, .not_judged = context.not_judged()});
    }
    return context.take();
}

}  // namespace

Judgement judge(const Policy& policy, const Evidence& evidence) {
    Judgement judgement;
    judgement.as_of = evidence.as_of;
    judgement.databases = policy.databases.size();
    std::vector<std::size_t> used(policy.waivers.size(), 0);
    for (Shortfall& shortfall : run_checks(policy, evidence, judgement.checks)) {
        const auto waiver = waiver_of(policy, shortfall, evidence.as_of);
        if (!waiver) {
            judgement.findings.push_back(std::move(shortfall));
            continue;
        }
        ++used[*waiver];
        judgement.waived.push_back({std::move(shortfall), *waiver});
    }
    for (Shortfall& shortfall : judge_waivers(policy, used, judgement.checks, evidence.as_of)) judgement.findings.push_back(std::move(shortfall));
    recount(judgement);
    return judgement;
}

bool is_waived(const Policy& policy, const Shortfall& shortfall, Instant at) { return waiver_of(policy, shortfall, at).has_value(); }

void recount(Judgement& judgement) {
    std::unordered_map<std::string_view, JudgedCheck*> by_id;
    for (JudgedCheck& check : judgement.checks) {
        check.findings = check.waived = 0;
        by_id.emplace(check.id, &check);
    }
    for (const Shortfall& shortfall : judgement.findings) ++by_id.at(shortfall.check)->findings;
    for (const Waived& waived : judgement.waived) ++by_id.at(waived.shortfall.check)->waived;
}

}  // namespace holdfast
