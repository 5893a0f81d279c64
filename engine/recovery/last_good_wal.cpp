#include "engine/recovery/last_good_wal.hpp"

#include <algorithm>
#include <cmath>

#include "engine/recovery/ask_statement.hpp"
#include "engine/recovery/wal_walk.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kOneByOne = 64;        // So many commits are asked one after the other at once.
constexpr std::size_t kSearchedMost = 64;    // Strides where no point says yes.

// A commit on the way; several may have the same moment, and a later one an earlier.
struct Commit {
    Lsn at, end;
    Instant instant;                         // Not before that of any commit in front of it.
};

class Walking {
public:
    Walking(const Installation& installation, const LastGoodRequest& request, const WalLog& log, const WalStart& start, Lsn until, LastGood& found,
            const std::function<void(const StateAnswer&)>& each, Progress& progress, const CancelToken& cancel)
        : installation_(installation), request_(request), log_(log), start_(start), found_(found), each_(each), progress_(progress), cancel_(cancel) {
        Instant newest = start.point.instant;
        log.visit(start.stop, until, [&](const WalTransaction& transaction) {
            newest = std::max(newest, instant_of(transaction));
            if (request.until && newest >= *request.until) return false;
            commits_.push_back({transaction.at, transaction.end, newest});
            return true;
        });
        found_.states += commits_.size();
    }

    // Between a point that is good and what is not.
    void look_closer() {
        if (commits_.empty()) return;
        const std::size_t stride = commits_.size() <= kOneByOne ? 1 : static_cast<std::size_t>(std::sqrt(static_cast<double>(commits_.size())));
        narrow(ask_in_strides(0, stride, true));
    }

    // Where no point was good, something may have come and gone between two.
    void look_inside() {
        if (commits_.empty()) return;
        const Stretch stretch = ask_in_strides(0, std::max<std::size_t>(1, commits_.size() / kSearchedMost), false);
        if (stretch.good) narrow(stretch);
    }

private:
    // Of the commits by their number from 0. No good one: the point is. No bad one: none is.
    struct Stretch {
        std::optional<std::size_t> good, bad;
    };

    Stretch ask_in_strides(std::size_t first, std::size_t stride, bool begins_good) {
        WalWalk walk(installation_, log_, start_, progress_, cancel_);
        Stretch stretch;
        for (std::size_t at = std::min(first + stride - 1, commits_.size() - 1);; at = std::min(at + stride, commits_.size() - 1)) {
            const bool good = ask(walk, at);
            if (good) stretch.good = at;
            else if (begins_good || stretch.good) stretch.bad = at;
            if (stretch.bad || at == commits_.size() - 1) return stretch;
        }
    }

    // Every commit between the two, on a copy that begins again.
    void narrow(Stretch stretch) {
        const std::size_t first = stretch.good ? *stretch.good + 1 : 0;
        if (stretch.bad && *stretch.bad > first) {
            WalWalk walk(installation_, log_, start_, progress_, cancel_);
            for (std::size_t at = first; at < *stretch.bad; ++at) {
                if (ask(walk, at)) stretch.good = at;
                else stretch.bad = at;
            }
        }
        settle(stretch);
    }

    bool ask(WalWalk& walk, std::size_t number) {
        throw_if_cancelled(cancel_);
        const Commit& commit = commits_.at(number);
        StateAnswer answer{.target = target_of(number), .answer = Answer::Unknown, .said = {}};
        walk.go_to(commit.end);
        ask_state(walk.sql(), request_.sql, answer);
        if (const auto known = std::ranges::find(found_.answers, answer.target, &StateAnswer::target); known == found_.answers.end()) {
            found_.answers.push_back(answer);
            each_(answer);
        }
        last_answers_[number] = answer;
        return answer.answer == Answer::Yes;
    }

    RecoveryTarget target_of(std::size_t number) const {
        return {.point = start_.point, .log = LogPosition{log_.stream(), commits_.at(number).at.bytes}, .instant = commits_.at(number).instant};
    }

    void settle(const Stretch& stretch) {
        if (stretch.good) found_.last_good = last_answers_.at(*stretch.good);
        if (!stretch.bad) {   // What came after the last commit is no commit: the bad state begins where the log was left.
            if (stretch.good) found_.outcome = found_.first_bad ? LastGoodOutcome::Found : LastGoodOutcome::StillGood;
            return;
        }
        found_.outcome = LastGoodOutcome::Found;
        found_.first_bad = last_answers_.at(*stretch.bad);
        const Instant good = found_.last_good ? found_.last_good->target.instant : start_.point.instant, bad = found_.first_bad->target.instant;
        found_.before = bad > good ? std::optional(bad) : std::nullopt;
        found_.before_transaction = found_.first_bad->target.log;
    }

    const Installation& installation_;
    const LastGoodRequest& request_;
    const WalLog& log_;
    const WalStart& start_;
    LastGood& found_;
    const std::function<void(const StateAnswer&)>& each_;
    Progress& progress_;
    const CancelToken& cancel_;
    std::vector<Commit> commits_;
    std::map<std::size_t, StateAnswer> last_answers_;
};

const WalStart* start_at(const WalLog& log, const PointId& point) {
    const auto found = std::ranges::find(log.starts(), point, [](const WalStart& start) { return start.point.id; });
    return found == log.starts().end() ? nullptr : &*found;
}

// Where the first bad state is, in the log: behind its transaction, or where its point begins.
Lsn end_of_search(const WalLog& log, const WalStart& start, const std::optional<StateAnswer>& bad) {
    const Lsn reach = log.reach(start);
    if (!bad || bad->target.log) return reach;
    const WalStart* point = start_at(log, bad->target.point.id);
    return point == nullptr ? reach : std::min(reach, point->stop);
}

}  // namespace

std::optional<RecoveryTarget> end_of_wal(const Installation& installation, const LastGoodRequest& request) {
    auto end = newest_in_wal(installation, request.database, {.before = request.until, .before_record = {}, .until = {}, .xid = {}, .name = {}});
    if (!end || !end->log || (request.since && end->instant < *request.since)) return std::nullopt;
    return end;
}

bool walk_wal_closer(const Installation& installation, const LastGoodRequest& request, LastGood& found, const std::function<void(const StateAnswer&)>& each,
                     Progress& progress, const CancelToken& cancel) {
    const std::vector<WalLog> logs = wal_logs(installation, request.database);
    if (logs.empty()) return false;
    if (found.outcome == LastGoodOutcome::StillGood) return true;
    for (const WalLog& log : logs) {
        // Where nothing was good, from the oldest point on that the log follows.
        const WalStart* start = found.last_good ? start_at(log, found.last_good->target.point.id) : nullptr;
        for (const WalStart& candidate : log.starts()) {
            const bool wanted = !request.since || candidate.point.instant >= *request.since;
            if (!found.last_good && wanted && log.reach(candidate) >= candidate.stop) start = &candidate;
        }
        if (start == nullptr || log.reach(*start) < start->stop) continue;   // Another store may have it.
        Walking walking(installation, request, log, *start, end_of_search(log, *start, found.first_bad), found, each, progress, cancel);
        found.last_good ? walking.look_closer() : walking.look_inside();
        break;
    }
    return true;
}

}  // namespace holdfast
