#include "engine/compliance/check_copies.hpp"

#include <set>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/compliance/survivors.hpp"
#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

std::vector<std::string> copies_path(const CheckContext::Subject& subject) { return {"environments", subject.environment.name.str(), "copies"}; }

std::vector<const StoreSpec*> stores_of(const CheckContext& context, const CheckContext::Subject& subject) {
    std::vector<const StoreSpec*> stores;
    for (const StoreName& name : subject.environment.copies) {
        if (const StoreSpec* store = context.policy.store(name)) stores.push_back(store);
    }
    return stores;
}

std::size_t locked_among(const std::vector<const StoreSpec*>& stores) {
    return static_cast<std::size_t>(std::ranges::count_if(stores, [](const StoreSpec* store) { return store->lock.has_value(); }));
}

// An object lock that the policy asks for and this build does not carry out protects nothing.
bool lock_works(const CheckContext& context) { return context.evidence.can_lock; }

}  // namespace

void judge_copy_count(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const std::size_t copies = subject.environment.copies.size();
        if (copies >= 2) continue;
        context.report({.subject = subject.name(), .path = copies_path(subject), .message = fmt::format("there is {} of its backups; with the database that makes {}, three are wanted", counted(copies, "copy"), copies + 1), .fix = fmt::format("Add a second store to the copies of environment {}.", subject.environment.name.str())});
    }
}

void judge_copy_sites(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const Survivor survivor = survivor_of(context.policy, subject.environment, Disaster::TotalFailure);
        if (survivor.store != nullptr) continue;
        const std::string fix = survivor.unknown ? "Say where each store stands with `site:`, and add one that stands elsewhere." : fmt::format("Add a store at another site to the copies of environment {}.", subject.environment.name.str());
        context.report(survivor.unknown ? Severity::Warning : Severity::Error, {.subject = subject.name(), .path = copies_path(subject), .message = "no copy is known to survive the loss of the site: " + survivor.because, .fix = fix});
    }
}

void judge_copy_kinds(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        std::set<std::string_view> kinds;
        for (const StoreSpec* store : stores_of(context, subject)) kinds.insert(scheme_of(*store));
        if (kinds.size() >= 2) continue;
        context.report({.subject = subject.name(), .path = copies_path(subject), .message = fmt::format("all its copies are in stores of one kind ({}): what breaks one may break all", kinds.empty() ? "none" : *kinds.begin()), .fix = "Keep one copy in a store of another kind."});
    }
}

void judge_locked(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const std::size_t locked = locked_among(stores_of(context, subject));
        const auto wanted = static_cast<std::size_t>(std::max(1, subject.environment.floor.locked_copies));
        if (locked < wanted) {
            context.report({.subject = subject.name(), .path = copies_path(subject), .message = fmt::format("{} of its copies are in a store with object lock, {} wanted", locked, wanted), .fix = "Add a store with `lock: { mode: compliance, for: 14d }` to the copies."});
        } else if (!lock_works(context)) {
            context.report({.subject = subject.name(), .path = copies_path(subject), .message = "its copies are to be locked, and this build does not lock what it writes", .fix = "Set a default retention on the bucket itself, and have the finding waived with that reason."});
        }
    }
}

void judge_isolated(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        const Survivor survivor = survivor_of(context.policy, subject.environment, Disaster::TotalFailure);
        if (survivor.store != nullptr && survivor.store->lock && lock_works(context)) continue;
        const std::string why = survivor.store == nullptr ? "no copy stands at another site" : fmt::format("the copy in {} stands elsewhere, but is not locked", survivor.store->name.str());
        context.report({.subject = subject.name(), .path = copies_path(subject), .message = why + ": whoever takes over this machine can destroy every copy", .fix = "Keep a copy in a locked store at another site."});
    }
}

void judge_encrypted(CheckContext& context) {
    if (context.policy.encryption.enabled) return;
    context.report({.subject = "", .path = {"encryption"}, .message = "backups are stored in clear: whoever reads a store reads the databases", .fix = "Write `encryption: { key: \"env:BACKUP_ENCRYPTION_KEY\" }`."});
}

void judge_key_escrow(CheckContext& context) {
    if (!context.policy.encryption.enabled) return;
    for (const StoreFacts& store : context.evidence.live->stores) {
        if (store.keys.size() != 1) continue;
        context.report({.subject = store.store.str(), .path = {"stores", store.store.str()}, .message = "one key alone opens it: when that is lost, so are all backups in it", .fix = "Add a second one and keep it in a safe: `runbook keys add`."});
    }
}

void judge_key_age(CheckContext& context) {
    const auto& rotate = context.policy.encryption.rotate_every;
    if (!context.policy.encryption.enabled || !rotate) return;
    for (const StoreFacts& store : context.evidence.live->stores) {
        for (const Instant made : store.keys) {
            if (after_by(made, *rotate, context.slots.zone()) > context.now()) continue;
            context.report({.subject = store.store.str(), .path = {"encryption", "rotate_every"}, .message = fmt::format("a key that opens it is {} old, {} are allowed", for_people(context.now() - made), to_text(*rotate)), .fix = "Replace it: `runbook keys rotate`."});
        }
    }
}

void judge_delete_guard(CheckContext& context) {
    for (const auto& subject : context.subjects()) {
        if (subject.environment.floor.approvals > 0 || (locked_among(stores_of(context, subject)) > 0 && lock_works(context))) continue;
        context.report({.subject = subject.name(), .path = {"environments", subject.environment.name.str(), "floor"}, .message = "one person alone can change what is live and destroy all copies: no approval is demanded, and no copy is locked", .fix = "Demand approvals in the floor (`approvals: 1`), or lock a copy."});
    }
}

}  // namespace holdfast
