#include "engine/recovery/last_good.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/recovery/ask_statement.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/last_good_wal.hpp"
#include "engine/recovery/log_states.hpp"
#include "engine/recovery/open_state.hpp"

namespace holdfast {
namespace {

// Transactions of one log that are asked at most where no point and no end of a log says yes.
constexpr std::size_t kSearchedMost = 64;

// Points, and where each log ends; oldest first.
std::vector<RecoveryTarget> states_of(const Installation& installation, const LastGoodRequest& request, const std::vector<LogSpan>& logs) {
    std::vector<RecoveryTarget> states;
    for (const LogSpan& log : logs) states.push_back(state_in(installation, log, log.last));
    if (auto end = end_of_wal(installation, request)) states.push_back(std::move(*end));
    for (const RecoveryPoint& point : installation.catalog.points(installation.database(request.database).name)) {
        const bool restorable = point.kind == BackupKind::Full || point.kind == BackupKind::Incremental;
        const bool wanted = (!request.since || point.instant >= *request.since) && (!request.until || point.instant < *request.until);
        if (restorable && wanted) states.push_back(target_of_point(point));
    }
    std::ranges::reverse(states);   // The catalog gives points newest first; at the same moment a point goes before a log.
    std::ranges::stable_sort(states, {}, &RecoveryTarget::instant);
    if (!states.empty()) return states;
    const bool bounded = request.since || request.until;
    throw Error(ErrorCode::CannotRecover, fmt::format("{} has no recovery point{}", request.database.str(), bounded ? " in that span" : " yet"),
                bounded ? fmt::format("See: runbook catalog list --database {}", request.database.str())
                        : fmt::format("Take a backup: runbook backup now {}", request.database.str()));
}

// The store that a restore would take first, then the others that hold the point.
std::vector<StoreName> stores_of(const Installation& installation, const RecoveryTarget& target, const std::vector<LogSpan>& logs) {
    const RecoveryPoint& point = target.point;
    if (target.log) {
        const auto log = std::ranges::find(logs, target.log->stream, &LogSpan::stream);
        if (log != logs.end()) return {log->store};
        return {store_of_log(installation, point.database, *target.log)};
    }
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
    Asking(const Installation& installation, const LastGoodRequest& request, const std::vector<LogSpan>& logs, Progress& progress, const CancelToken& cancel)
        : installation_(installation), sql_(request.sql), logs_(logs), progress_(progress), cancel_(cancel) {}

    StateAnswer ask(const RecoveryTarget& target) const {
        StateAnswer answer{.target = target, .answer = Answer::Unknown, .said = "known to be damaged"};
        if (target.point.soundness == Soundness::Damaged) return answer;
        try {
            for (const StoreName& store : stores_of(installation_, target, logs_)) {
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
            ask_state(state.sql(), sql_, answer);
        } catch (const Error& error) {
            if (!is_of_this_state(error)) throw;
            answer.said = error.message;
            return false;
        }
        return true;
    }

    const Installation& installation_;
    const std::string& sql_;
    const std::vector<LogSpan>& logs_;
    Progress& progress_;
    const CancelToken& cancel_;
};

// A row of states, each asked at most once, and what was found in it.
class Search {
public:
    Search(const Installation& installation, const Asking& asking, const std::function<void(const StateAnswer&)>& each, const CancelToken& cancel, LastGood& found)
        : installation_(installation), asking_(asking), each_(each), cancel_(cancel), found_(found) {}

    // Looks among `count` states; `state` gives them, oldest first.
    Bisection look(std::size_t count, const std::function<RecoveryTarget(std::size_t)>& state, std::size_t searched_most = SIZE_MAX) {
        const Bisection bisection = find_last_yes(count, [&](std::size_t number) {
            const auto target = target_of(state, number);
            return target ? answer(*target).answer : Answer::Unknown;
        }, searched_most);
        if (!bisection.last_yes) return bisection;
        found_.last_good = answer(state(*bisection.last_yes));
        found_.outcome = bisection.first_no ? LastGoodOutcome::Found : LastGoodOutcome::StillGood;
        if (!bisection.first_no) return bisection;
        found_.first_bad = answer(state(*bisection.first_no));
        // The moment behind the good state is that of the next one, which may be skipped.
        std::size_t next = *bisection.last_yes + 1;
        while (!target_of(state, next)) ++next;
        const RecoveryTarget behind = state(next);
        found_.before = behind.instant > found_.last_good->target.instant ? std::optional(behind.instant) : std::nullopt;
        found_.before_transaction = behind.log;
        return bisection;
    }

    // What came and went within one log is seen by no point.
    void look_inside(const std::vector<LogSpan>& logs) {
        for (auto log = logs.rbegin(); log != logs.rend() && found_.outcome == LastGoodOutcome::NowhereGood; ++log) {
            const std::uint64_t transactions = log->last - log->first + 1;
            found_.states += transactions - 1;   // Its end was counted.
            look(static_cast<std::size_t>(transactions), [&](std::size_t number) { return state_in(installation_, *log, log->first + number); }, kSearchedMost);
        }
    }

    // Between the two that were found, transaction by transaction.
    void look_closer() {
        const RecoveryTarget good = found_.last_good->target, bad = found_.first_bad->target;
        for (const LogSpan& span : log_spans(installation_, found_.database, good.instant, bad.instant)) {
            const std::uint64_t transactions = span.last - span.first + 1;
            found_.states += transactions;
            look(static_cast<std::size_t>(transactions) + 2, [&](std::size_t number) {
                if (number == 0) return good;
                return number > transactions ? bad : state_in(installation_, span, span.first + number - 1);
            });
            return;   // All logs that reach from one to the other hold the same transactions.
        }
    }

private:
    // Nothing where the log is damaged there.
    static std::optional<RecoveryTarget> target_of(const std::function<RecoveryTarget(std::size_t)>& state, std::size_t number) {
        try {
            return state(number);
        } catch (const Error& error) {
            if (!is_of_this_state(error)) throw;
            return std::nullopt;
        }
    }

    const StateAnswer& answer(const RecoveryTarget& target) {
        const auto known = std::ranges::find(found_.answers, target, &StateAnswer::target);
        if (known != found_.answers.end()) return *known;
        throw_if_cancelled(cancel_);
        const StateAnswer& said = found_.answers.emplace_back(asking_.ask(target));
        each_(said);
        return said;
    }

    const Installation& installation_;
    const Asking& asking_;
    const std::function<void(const StateAnswer&)>& each_;
    const CancelToken& cancel_;
    LastGood& found_;
};

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
    const std::vector<LogSpan> logs = log_spans(installation, installation.database(request.database).name,
                                                request.since ? *request.since - Duration(1) : Instant::min(), request.until.value_or(Instant::max()));
    const std::vector<RecoveryTarget> states = states_of(installation, request, logs);
    const Asking asking(installation, request, logs, progress, cancel);
    LastGood found;
    found.database = request.database;
    found.states = states.size();
    Search search(installation, asking, each, cancel, found);
    const Bisection bisection = search.look(states.size(), [&](std::size_t state) { return states[state]; });
    found.good_at_oldest = bisection.oldest;
    found.several_changes = bisection.several_changes;
    if (walk_wal_closer(installation, request, found, each, progress, cancel)) return found;
    if (found.outcome == LastGoodOutcome::Found) search.look_closer();
    else search.look_inside(logs);
    return found;
}

}  // namespace holdfast
