#include "engine/notices/decide.hpp"

#include <algorithm>

namespace holdfast {
namespace {

constexpr Duration kFirstWait = std::chrono::minutes(1);
constexpr Duration kLongestWait = std::chrono::hours(1);

// One way of telling, while it is decided what it tells.
class WayDecision {
public:
    WayDecision(const NotifySpec& way, const NoticesBefore& before, Instant at, const std::function<std::string()>& new_id, NoticeChanges& changes)
        : way_(way), before_(before), at_(at), new_id_(new_id), changes_(changes) {}

    bool wants(NoticeEvent event) const { return std::ranges::find(way_.on, event) != way_.on.end(); }

    void meet(const Trouble& trouble) {
        const ToldTrouble* told = told_of(trouble.key());
        if (told == nullptr) return begin(trouble);
        if (trouble.severity < told->about.severity) {   // Error comes before warning.
            drop_unsent(trouble.key());
            return tell(NoticeState::Trouble, with_since(trouble, told->about.since));
        }
        if (at_ - told->told < way_.remind_every || unsent_of(trouble.key(), {}) != nullptr) return;
        tell(NoticeState::Reminder, with_since(trouble, told->about.since));
    }

    void end(const ToldTrouble& told) {
        const std::string key = told.about.key();
        changes_.forget.emplace_back(way_.name, key);
        const Notice* first = unsent_of(key, NoticeState::Trouble);
        const bool may_have_arrived = first == nullptr || first->attempts > 0;
        for (const Notice& notice : before_.unsent) {
            if (notice.way == way_.name && notice.about.key() == key && (!may_have_arrived || notice.state == NoticeState::Reminder)) changes_.drop.push_back(notice.id);
        }
        if (may_have_arrived) add(NoticeState::Over, told.about);
    }

private:
    static Trouble with_since(Trouble trouble, Instant since) {
        trouble.since = since;
        return trouble;
    }

    const ToldTrouble* told_of(const std::string& key) const {
        const auto found = std::ranges::find_if(before_.told, [&](const ToldTrouble& told) { return told.way == way_.name && told.about.key() == key; });
        return found == before_.told.end() ? nullptr : &*found;
    }
    const Notice* unsent_of(const std::string& key, std::optional<NoticeState> state) const {
        const auto found = std::ranges::find_if(before_.unsent, [&](const Notice& notice) { return notice.way == way_.name && notice.about.key() == key && (!state || notice.state == *state); });
        return found == before_.unsent.end() ? nullptr : &*found;
    }

    // It has come back before anybody was told that it was over: nothing has to be said.
    void begin(const Trouble& trouble) {
        const Notice* over = unsent_of(trouble.key(), NoticeState::Over);
        if (over == nullptr || over->attempts > 0) return tell(NoticeState::Trouble, trouble);
        changes_.drop.push_back(over->id);
        changes_.told.push_back({.way = way_.name, .about = with_since(trouble, over->about.since), .told = over->made});
    }

    void drop_unsent(const std::string& key) {
        for (const Notice& notice : before_.unsent) {
            if (notice.way == way_.name && notice.about.key() == key) changes_.drop.push_back(notice.id);
        }
    }
    void tell(NoticeState state, const Trouble& trouble) {
        changes_.told.push_back({.way = way_.name, .about = trouble, .told = at_});
        add(state, trouble);
    }
    void add(NoticeState state, const Trouble& trouble) {
        changes_.add.push_back({.id = new_id_(), .way = way_.name, .state = state, .about = trouble, .made = at_, .attempts = 0, .next_try = at_, .last_error = {}});
    }

    const NotifySpec& way_;
    const NoticesBefore& before_;
    Instant at_;
    const std::function<std::string()>& new_id_;
    NoticeChanges& changes_;
};

bool is_unknown(const TroublesNow& now, const Trouble& trouble) {
    return std::ranges::find(now.unknown, std::pair(trouble.event, trouble.subject)) != now.unknown.end();
}

// What belongs to ways that the policy no longer has, or to events that they no longer want.
void forget_unwanted(const std::vector<NotifySpec>& ways, const NoticesBefore& before, NoticeChanges& changes) {
    const auto is_wanted = [&](const std::string& name, NoticeEvent event) {
        const auto way = std::ranges::find(ways, name, &NotifySpec::name);
        return way != ways.end() && std::ranges::find(way->on, event) != way->on.end();
    };
    for (const ToldTrouble& told : before.told) {
        if (!is_wanted(told.way, told.about.event)) changes.forget.emplace_back(told.way, told.about.key());
    }
    for (const Notice& notice : before.unsent) {
        if (!is_wanted(notice.way, notice.about.event)) changes.drop.push_back(notice.id);
    }
}

}  // namespace

NoticeChanges decide_notices(const std::vector<NotifySpec>& ways, const TroublesNow& now, const NoticesBefore& before, Instant at, const std::function<std::string()>& new_id) {
    NoticeChanges changes;
    forget_unwanted(ways, before, changes);
    for (const NotifySpec& way : ways) {
        WayDecision decision(way, before, at, new_id, changes);
        for (const Trouble& trouble : now.troubles) {
            if (decision.wants(trouble.event)) decision.meet(trouble);
        }
        for (const ToldTrouble& told : before.told) {
            if (told.way != way.name || !decision.wants(told.about.event) || is_unknown(now, told.about)) continue;
            const std::string key = told.about.key();
            if (std::ranges::none_of(now.troubles, [&](const Trouble& trouble) { return trouble.key() == key; })) decision.end(told);
        }
    }
    return changes;
}

Instant next_try_after(std::int64_t attempts, Instant at) {
    Duration wait = kFirstWait;
    for (std::int64_t i = 1; i < attempts && wait < kLongestWait; ++i) wait *= 2;
    return at + std::min(wait, kLongestWait);
}

}  // namespace holdfast
