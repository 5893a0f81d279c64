#include "engine/recovery/find_target.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/recovery/wal_log.hpp"
#include "engine/repository/log.hpp"

namespace holdfast {
namespace {

// Streams end where the follower says so; what is shorter than this between two windows is no hole worth a word.
constexpr Duration kSmallHole = std::chrono::seconds(2);

// The streams of a database in one store that can be asked, newest first.
struct StoreLogs {
    StoreName store;
    Repository* repository = nullptr;
    std::vector<LogStreamFacts> streams;
};

std::vector<StoreName> stores_to_ask(const Installation& installation, const DatabaseName& database) {
    std::vector<StoreName> stores;
    if (const DatabaseSpec* spec = installation.policy.database(database)) stores = installation.environment_of(*spec).copies;
    for (const LogWindow& window : installation.catalog.windows(database)) {
        if (std::ranges::find(stores, window.store) == stores.end() && installation.policy.store(window.store) != nullptr) stores.push_back(window.store);
    }
    return stores;
}

// A store that cannot be read is passed over: another may have the same log, and points can do without any.
std::vector<StoreLogs> logs_of(const Installation& installation, const DatabaseName& database, std::vector<std::string>* problems = nullptr) {
    std::vector<StoreLogs> logs;
    for (const StoreName& store : stores_to_ask(installation, database)) {
        try {
            if (!Repository::exists(installation.repositories.store(store))) continue;
            Repository& repository = installation.repositories.of(store);
            std::vector<LogStreamFacts> streams = repository.log_streams(database);
            std::ranges::reverse(streams);
            if (!streams.empty()) logs.push_back({store, &repository, std::move(streams)});
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            if (problems != nullptr) problems->push_back(fmt::format("{}: {}", store.str(), error.message));
        }
    }
    return logs;
}

LogTransaction transaction_at(const StoreLogs& logs, const DatabaseName& database, const LogStreamId& stream, std::uint64_t number) {
    std::optional<LogTransaction> found;
    logs.repository->read_log(database, stream, number, number, false, [&](const LogTransaction& transaction) {
        found = transaction;
        return false;
    });
    if (found) return *found;
    throw Error(ErrorCode::Missing, fmt::format("{} has no transaction {}:{}", logs.store.str(), stream.str(), number));
}

// The last transaction that was seen before `before`; times never decrease in a stream, so it is bisected.
std::optional<LogTransaction> last_before(const StoreLogs& logs, const DatabaseName& database, const LogStreamFacts& stream, Instant before) {
    std::optional<LogTransaction> found;
    std::uint64_t low = 1, high = stream.transactions;
    if (high > 0 && stream.until < before) return transaction_at(logs, database, stream.stream, high);
    while (low <= high && high > 0) {
        const std::uint64_t middle = low + (high - low) / 2;
        const LogTransaction transaction = transaction_at(logs, database, stream.stream, middle);
        if (transaction.at < before) {
            found = transaction;
            low = std::max(middle, transaction.number) + 1;   // A folded run is seen as its last transaction.
        } else {
            high = middle - 1;
        }
    }
    // The bisection may have ended inside a run that was folded into a transaction at or after `before`.
    if (found && found->at >= before) return std::nullopt;
    return found;
}

std::optional<RecoveryPoint> usable_base(const Installation& installation, const StoreLogs& logs, const LogStreamFacts& stream) {
    const auto base = installation.catalog.point(stream.base);
    if (!base || std::ranges::find(base->copies, logs.store) == base->copies.end()) return std::nullopt;
    if (installation.catalog.soundness_in(base->id, logs.store) == Soundness::Damaged) return std::nullopt;
    return base;
}

std::optional<RecoveryTarget> newest_in(const Installation& installation, const StoreLogs& logs, const DatabaseName& database, Instant before) {
    for (const LogStreamFacts& stream : logs.streams) {
        if (stream.from >= before) continue;
        const auto base = usable_base(installation, logs, stream);
        if (!base) continue;
        if (const auto last = last_before(logs, database, stream, before)) {
            return RecoveryTarget{.point = *base, .log = LogPosition{stream.stream, last->number}, .instant = last->at};
        }
        return RecoveryTarget{.point = *base, .log = std::nullopt, .instant = base->instant};
    }
    return std::nullopt;
}

// Why there is nothing between what was found and the moment that was asked for, where there is a reason on record.
std::string hole_before(const Installation& installation, const DatabaseName& database, const RecoveryTarget& target, Instant before) {
    for (const LogWindow& window : installation.catalog.windows(database)) {
        if (window.ended.empty() || window.until < target.instant || window.until + kSmallHole >= before) continue;
        const bool covered = std::ranges::any_of(installation.catalog.windows(database), [&](const LogWindow& other) {
            return other.from <= window.until + kSmallHole && other.until > window.until + kSmallHole;
        });
        if (!covered) return fmt::format("the log has a hole from {} on: {}", to_rfc3339(window.until), window.ended);
    }
    return {};
}

RecoveryTarget before_transaction(const Installation& installation, const DatabaseName& database, const LogPosition& transaction) {
    std::vector<std::string> problems;
    for (const StoreLogs& logs : logs_of(installation, database, &problems)) {
        for (const LogStreamFacts& stream : logs.streams) {
            if (stream.stream != transaction.stream || transaction.transaction == 0 || transaction.transaction > stream.transactions) continue;
            const auto base = usable_base(installation, logs, stream);
            if (!base) continue;
            if (transaction.transaction == 1) return {.point = *base, .log = std::nullopt, .instant = base->instant};
            const LogTransaction last = transaction_at(logs, database, stream.stream, transaction.transaction - 1);
            if (last.number >= transaction.transaction) {
                throw Error(ErrorCode::CannotRecover, fmt::format("transaction {} is no state of its own any more: older transactions were folded", to_text(transaction)),
                            "`runbook log` lists those that can be recovered.");
            }
            return {.point = *base, .log = LogPosition{stream.stream, last.number}, .instant = last.at};
        }
    }
    throw Error(ErrorCode::CannotRecover, fmt::format("no store has transaction {} of {} with the point that it follows{}{}", to_text(transaction),
                                                      database.str(), problems.empty() ? "" : "; ", join(problems, "; ")),
                fmt::format("`runbook timeline {}` shows what can be recovered.", database.str()));
}

}  // namespace

RecoveryTarget find_target(const Installation& installation, const DatabaseName& database, const std::optional<Before>& before) {
    if (before && before->transaction && branch_of(before->transaction->stream)) {
        return find_wal_target(installation, database, {.before = {}, .before_record = Lsn{before->transaction->transaction}, .until = {}, .xid = {}, .name = {}});
    }
    if (before && before->transaction) return before_transaction(installation, installation.database(database).name, *before->transaction);
    const std::optional<Instant> moment = before ? std::optional(before->at) : std::nullopt;
    const RecoveryPoint point = find_point(installation, database, moment);
    RecoveryTarget best{.point = point, .log = std::nullopt, .instant = point.instant};
    for (const StoreLogs& logs : logs_of(installation, database)) {
        const auto target = newest_in(installation, logs, database, moment.value_or(Instant::max()));
        // At the same moment what follows the very point is the later state.
        if (target && (target->instant > best.instant || (target->log && target->point.id == best.point.id && target->instant >= best.instant))) best = *target;
    }
    if (const auto in_wal = newest_in_wal(installation, database, {.before = moment, .before_record = {}, .until = {}, .xid = {}, .name = {}})) {
        if (in_wal->instant > best.instant || (in_wal->log && in_wal->point.id == best.point.id)) best = *in_wal;
    }
    if (moment) best.note = hole_before(installation, database, best, *moment);
    return best;
}

std::optional<Before> read_transaction(const Installation& installation, const DatabaseName& database, std::string_view text) {
    const auto position = parse_log_position(text);
    if (!position || position->stream.str().size() < 8 || position->stream.str().find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz") != std::string::npos) {
        return std::nullopt;
    }
    for (const WalLog& log : wal_logs(installation, database)) {
        if (log.stream().str().starts_with(position->stream.str())) return Before{.at = {}, .transaction = LogPosition{log.stream(), position->transaction}};
    }
    std::vector<std::string> fitting;
    std::optional<Before> found;
    for (const StoreLogs& logs : logs_of(installation, database)) {
        for (const LogStreamFacts& stream : logs.streams) {
            if (!stream.stream.str().starts_with(position->stream.str()) || position->transaction == 0 || position->transaction > stream.transactions) continue;
            const LogPosition whole{stream.stream, position->transaction};
            if (std::ranges::find(fitting, to_text(whole)) != fitting.end()) continue;
            fitting.push_back(to_text(whole));
            found = Before{.at = transaction_at(logs, database, stream.stream, position->transaction).at, .transaction = whole};
        }
    }
    if (fitting.size() == 1) return found;
    if (fitting.empty()) {
        throw Error(ErrorCode::Missing, fmt::format("{} has no transaction {}", database.str(), printable(text, 60)), fmt::format("`runbook log {}` lists them.", database.str()));
    }
    throw Error(ErrorCode::Usage, fmt::format("{} fits several transactions: {}", printable(text, 60), join(fitting, ", ")), "Give more of the stream's id.");
}

StoreName store_of_log(const Installation& installation, const DatabaseName& database, const LogPosition& position) {
    std::vector<std::string> problems;
    for (const WalLog& log : wal_logs(installation, database)) {
        const bool reaches = !log.starts().empty() && log.reach(log.starts().front()) > Lsn{position.transaction};
        if (log.stream() == position.stream && reaches) return log.store();
    }
    for (const StoreLogs& logs : logs_of(installation, database, &problems)) {
        for (const LogStreamFacts& stream : logs.streams) {
            if (stream.stream == position.stream && stream.transactions >= position.transaction && usable_base(installation, logs, stream)) return logs.store;
        }
        problems.push_back(fmt::format("{}: it does not have {} with the point that it follows", logs.store.str(), to_text(position)));
    }
    throw Error(ErrorCode::CannotRecover, fmt::format("the log {} cannot be read: {}", to_text(position), problems.empty() ? "no store has it" : join(problems, "; ")),
                fmt::format("`runbook timeline {}` shows what can be recovered.", database.str()));
}

}  // namespace holdfast
