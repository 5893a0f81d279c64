// Finds the last state of a database at which a statement's answer is true, by asking states where they are: in the repository.
#pragma once

#include <functional>

#include "engine/base/progress.hpp"
#include "engine/model/log.hpp"
#include "engine/recovery/bisect.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct LastGoodRequest {
    DatabaseName database;
    std::string sql;                        // True: its first value is there and neither NULL, 0 nor empty.
    std::optional<Instant> since, until;    // Only states from `since` on, and strictly before `until`.
};

// One state that was asked.
struct StateAnswer {
    RecoveryTarget target;
    Answer answer = Answer::Unknown;
    std::string said;                       // The value as people read it, or why there is none.
};

enum class LastGoodOutcome : std::uint8_t {
    Found,          // True then, and not any more later.
    StillGood,      // True at the newest state.
    NowhereGood,    // True at none that was looked at.
};

struct LastGood {
    DatabaseName database;
    LastGoodOutcome outcome = LastGoodOutcome::NowhereGood;
    std::vector<StateAnswer> answers;       // In the order in which they were asked.
    std::uint64_t states = 0;               // So many there were to ask.
    std::optional<StateAnswer> last_good, first_bad;
    // Found: what to give to --before for `last_good`. Nothing: another state is of the same millisecond; then the transaction
    // behind it names it, or where there is none the id of its point.
    std::optional<Instant> before;
    std::optional<LogPosition> before_transaction;
    std::optional<bool> good_at_oldest;     // Nothing: no state could be asked.
    bool several_changes = false;           // Seen to stop being true more than once.
};

std::string_view name_of(Answer answer);               // yes, no, skipped
std::string_view name_of(LastGoodOutcome outcome);     // found, still-good, nowhere-good

// Points and the ends of logs are asked first, then transactions: those between the two that were
// found, or, where nothing was true, some in each log. Tells `each` of every state as soon as it has answered. A table that a state does not have, and a statement that fails on its rows,
// are not true; a state that is damaged is skipped. Throws CannotRecover where there is no state to ask, and what would be the same
// for all of them: SQL that is not understood, a store that is away, a wrong key.
LastGood find_last_good(const Installation& installation, const LastGoodRequest& request, const std::function<void(const StateAnswer&)>& each,
                        Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
