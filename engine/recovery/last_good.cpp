#include "engine/recovery/last_good.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/recovery/open_state.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kSaidColumns = 60;

bool is_true(const SqlValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer != 0;
    if (const auto* real = std::get_if<double>(&value)) return *real != 0;
    if (const auto* text = std::get_if<std::string>(&value)) return !text->empty();
    if (const auto* blob = std::get_if<Bytes>(&value)) return !blob->empty();
    return false;
}

// Oldest first.
std::vector<RecoveryTarget> states_of(const Installation& installation, const LastGoodRequest& request) {
    std::vector<RecoveryTarget> states;
    for (const RecoveryPoint& point : installation.catalog.points(installation.database(request.database).name)) {
        const bool restorable = point.kind == BackupKind::Full || point.kind == BackupKind::Incremental;
        const bool wanted = (!request.since || point.instant >= *request.since) && (!request.until || point.instant < *request.until);
        if (restorable && wanted) states.push_back(target_of_point(point));
    }
    std::ranges::reverse(states);   // The catalog gives them newest first.
    std::ranges::stable_sort(states, {}, &RecoveryTarget::instant);
    if (!states.empty()) return states;
    const bool bounded = request.since || request.until;
    throw Error(ErrorCode::CannotRecover, fmt::format("{} has no recovery point{}", request.database.str(), bounded ? " in that span" : " yet"),
                bounded ? fmt::format("See: runbook catalog list --database {}", request.database.str())
                        : fmt::format("Take a backup: runbook backup now {}", request.database.str()));
}

// The store that a restore would take first, then the others that hold the point.
std::vector<StoreName> stores_of(const Installation& installation, const RecoveryPoint& point) {
    std::vector<StoreName> stores{store_to_read(installation, point)};
    for (const StoreName& store : point.copies) {
        if (std::ranges::find(stores, store) == stores.end()) stores.push_back(store);
    }
    return stores;
}

// What is wrong with one state alone; anything else would be the same for the next.
bool is_of_this_state(const Error& error) {
    return error.code == ErrorCode::Corrupt || error.code == ErrorCode::Missing || error.code == ErrorCode::CannotRecover || error.code == ErrorCode::Io;
}

class Asking {
public:
    Asking(const Installation& installation, const std::string& sql, Progress& progress, const CancelToken& cancel)
        : installation_(installation), sql_(sql), progress_(progress), cancel_(cancel) {}

    StateAnswer ask(const RecoveryTarget& target) const {
        StateAnswer answer{.target = target, .answer = Answer::Unknown, .said = "known to be damaged"};
        if (target.point.soundness == Soundness::Damaged) return answer;
        try {
            for (const StoreName& store : stores_of(installation_, target.point)) {
                if (ask_in(store, answer)) break;
            }
        } catch (const Error& error) {
            if (!is_of_this_state(error)) throw;
            answer.said = error.message;
        }
        return answer;
    }

private:
    // False: this store's copy is damaged.
    bool ask_in(const StoreName& store, StateAnswer& answer) const {
        try {
            OpenedState state(installation_, answer.target, store, progress_, cancel_);
            const auto rows = state.sql().query(sql_, std::nullopt);
            answer.said = first_value(*rows, answer.answer);
        } catch (const NotInState& error) {
            answer.answer = Answer::No;
            answer.said = error.message;
        } catch (const Error& error) {
            if (!is_of_this_state(error)) throw;
            answer.said = error.message;
            return false;
        }
        return true;
    }

    static std::string first_value(SqlRows& rows, Answer& answer) {
        try {
            const SqlRow* row = rows.next();
            const bool there = row != nullptr && !row->empty();
            answer = there && is_true(row->front()) ? Answer::Yes : Answer::No;
            return there ? for_people(row->front(), kSaidColumns) : "no row";
        } catch (const Error& error) {
            if (error.code != ErrorCode::Usage) throw;
            answer = Answer::No;   // It was understood, and failed on these rows.
            return error.message;
        }
    }

    const Installation& installation_;
    const std::string& sql_;
    Progress& progress_;
    const CancelToken& cancel_;
};

std::optional<StateAnswer> answer_of(const std::vector<StateAnswer>& answers, const RecoveryTarget& target) {
    const auto found = std::ranges::find(answers, target, &StateAnswer::target);
    return found == answers.end() ? std::nullopt : std::optional(*found);
}

// The moment behind `good`: that of the next state, which is strictly later.
std::optional<Instant> moment_behind(const std::vector<RecoveryTarget>& states, std::size_t good) {
    const Instant instant = states[good + 1].instant;
    return instant > states[good].instant ? std::optional(instant) : std::nullopt;
}

}  // namespace

std::string_view name_of(Answer answer) {
    switch (answer) {
        case Answer::Yes: return "yes";
        case Answer::No: return "no";
        case Answer::Unknown: break;
    }
    return "skipped";
}

std::string_view name_of(LastGoodOutcome outcome) {
    switch (outcome) {
        case LastGoodOutcome::Found: return "found";
        case LastGoodOutcome::StillGood: return "still-good";
        case LastGoodOutcome::NowhereGood: break;
    }
    return "nowhere-good";
}

LastGood find_last_good(const Installation& installation, const LastGoodRequest& request, const std::function<void(const StateAnswer&)>& each,
                        Progress& progress, const CancelToken& cancel) {
    const std::vector<RecoveryTarget> states = states_of(installation, request);
    const Asking asking(installation, request.sql, progress, cancel);
    LastGood found;
    found.database = request.database;
    found.states = states.size();
    const Bisection bisection = find_last_yes(states.size(), [&](std::size_t state) {
        throw_if_cancelled(cancel);
        const StateAnswer& answer = found.answers.emplace_back(asking.ask(states[state]));
        each(answer);
        return answer.answer;
    });
    found.good_at_oldest = bisection.oldest;
    found.several_changes = bisection.several_changes;
    if (!bisection.last_yes) return found;
    found.last_good = answer_of(found.answers, states[*bisection.last_yes]);
    found.outcome = bisection.first_no ? LastGoodOutcome::Found : LastGoodOutcome::StillGood;
    if (!bisection.first_no) return found;
    found.first_bad = answer_of(found.answers, states[*bisection.first_no]);
    found.before = moment_behind(states, *bisection.last_yes);
    return found;
}

}  // namespace holdfast
