#include <algorithm>
#include <map>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/model/waiver.hpp"
#include "engine/policy/checks.hpp"
#include "engine/policy/values.hpp"

namespace holdfast {
namespace {

using std::chrono::days;

constexpr days kWaiverMax{180};

std::string date_text(std::chrono::sys_days day) { return to_rfc3339(Instant(day)).substr(0, 10); }

// One waiver with the places of its values.
struct WaiverText {
    const TreeEntry& entry;
    Problems& problems;

    std::string text(std::string_view key) const {
        const TreeNode* node = entry.value.find(key);
        return node != nullptr && node->is_scalar() ? node->text : std::string();
    }
    void report(std::string_view key, Problems::Text problem) const {
        const TreeNode* node = entry.value.find(key);
        problems.add(node != nullptr ? node->place : entry.key_place, std::move(problem));
    }
};

void check_waiver_end(const WaiverText& waiver, Instant today) {
    const auto until = parse_policy_date(waiver.text("until"));
    if (!until) return;
    const std::string check = printable(waiver.text("check"), 60);
    const auto last = std::chrono::floor<days>(today) + kWaiverMax;
    if (*until > last) {
        waiver.report("until", {.id = "waiver-too-long", .message = fmt::format("the waiver of {} lasts more than {} days", check, kWaiverMax.count()),
                                .fix = fmt::format("End it on {} at the latest; it can be renewed then.", date_text(last)), .subject = waiver.text("database")});
    } else if (has_ended(*until, today)) {
        waiver.report("until", {.id = "waiver-ended", .message = fmt::format("the waiver of {} has ended on {}", check, date_text(*until)),
                                .fix = "Remove it, or have it approved again.", .subject = waiver.text("database"), .severity = Severity::Warning});
    }
}

void check_waiver_people(const WaiverText& waiver, const Policy& policy) {
    const std::string asked = waiver.text("asked_by"), approved = waiver.text("approved_by");
    if (asked.empty() || approved.empty()) return;
    if (asked == approved) {
        waiver.report("approved_by", {.id = "waiver-self-approved", .message = fmt::format("`{}` approves a waiver that the same person asked for", printable(approved, 60)),
                                      .fix = "Have somebody else approve it.", .subject = waiver.text("database")});
        return;
    }
    for (const Person& person : policy.people) {
        if (person.name != approved || std::ranges::find(person.roles, Role::Approver) != person.roles.end()) continue;
        waiver.report("approved_by", {.id = "waiver-not-approver", .message = fmt::format("`{}` approves a waiver without the role `approver`", printable(approved, 60)),
                                      .fix = fmt::format("Have an approver agree, or give `people.{}` the role.", printable(approved, 60)), .subject = waiver.text("database")});
    }
}

// Two names with one key would let one person approve as two.
void check_keys(const PolicyFolder& folder, Problems& problems) {
    std::map<std::string, std::string> owner_of;
    for (const Person& person : folder.policy.people) {
        std::string key = person.public_key;
        while (key.ends_with('=')) key.pop_back();
        if (key.size() < 40) continue;   // A placeholder.
        const auto [first, fresh] = owner_of.try_emplace(key, person.name);
        if (fresh) continue;
        problems.add(nearest_place(folder.root, {"people", person.name, "public_key"}),
                     {.id = "same-key", .message = fmt::format("`{}` and `{}` have the same key: one person could approve as two", printable(first->second, 60), printable(person.name, 60)),
                      .fix = "Give each person a key of their own."});
    }
}

}  // namespace

void check_people(const PolicyFolder& folder, Problems& problems) {
    check_keys(folder, problems);
    const TreeNode* waivers = folder.root.find("waivers");
    if (waivers == nullptr || !waivers->is_list()) return;
    for (const TreeEntry& entry : waivers->entries) {
        if (!entry.value.is_map()) continue;
        const WaiverText waiver{entry, problems};
        check_waiver_end(waiver, folder.options.today);
        check_waiver_people(waiver, folder.policy);
    }
}

}  // namespace holdfast
