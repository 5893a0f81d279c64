#include "engine/operations/logs.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/log_lock.hpp"
#include "engine/operations/changed_relations.hpp"
#include "engine/operations/touched_tables.hpp"
#include "engine/recovery/wal_log.hpp"
#include "engine/repository/log.hpp"

namespace holdfast {
namespace {

// The streams of one database in the first of its stores that can be read.
struct ReadableLog {
    Repository* repository = nullptr;
    std::vector<LogStreamFacts> streams;   // Oldest first.
};

ReadableLog readable_log(const Workplace& workplace, const DatabaseSpec& spec) {
    const Installation& installation = workplace.installation();
    std::optional<Error> failure;
    for (const StoreName& store : installation.environment_of(spec).copies) {
        try {
            if (!Repository::exists(installation.repositories.store(store))) continue;
            Repository& repository = installation.repositories.of(store);
            ReadableLog log{&repository, repository.log_streams(spec.name)};
            if (!log.streams.empty()) return log;
        } catch (const Error& error) {
            failure = error;
        }
    }
    if (failure) throw Error(*failure);
    throw Error(ErrorCode::Missing, fmt::format("{} has no log in any store", spec.name.str()),
                fmt::format("Follow it: runbook follow {0}. Or take one log backup: runbook backup now {0} --log", spec.name.str()));
}

// The last transaction of a stream that was seen before `at`; 0 where there is none.
std::uint64_t count_before(const ReadableLog& log, const DatabaseName& database, const LogStreamFacts& stream, Instant at) {
    std::uint64_t low = 0, high = stream.transactions;
    while (low < high) {
        const std::uint64_t middle = low + (high - low + 1) / 2;
        LogTransaction seen;
        log.repository->read_log(database, stream.stream, middle, middle, false, [&](const LogTransaction& transaction) {
            seen = transaction;
            return false;
        });
        if (seen.at < at) low = middle;
        else high = middle - 1;
    }
    return low;
}

struct Range {
    const LogStreamFacts* stream = nullptr;
    std::uint64_t first = 1, last = 0;
};

// The newest ones, from as many streams as it takes; oldest range first.
std::vector<Range> newest_ranges(const ReadableLog& log, std::size_t limit) {
    std::vector<Range> ranges;
    for (auto stream = log.streams.rbegin(); stream != log.streams.rend() && limit > 0; ++stream) {
        const std::uint64_t count = std::min<std::uint64_t>(limit, stream->transactions);
        if (count == 0) continue;
        ranges.insert(ranges.begin(), Range{&*stream, stream->transactions - count + 1, stream->transactions});
        limit -= count;
    }
    return ranges;
}

// Half of them before the moment, half of them after, all from the newest stream that has begun before it.
std::vector<Range> ranges_around(const ReadableLog& log, const DatabaseName& database, Instant around, std::size_t limit) {
    const LogStreamFacts* stream = &log.streams.front();
    for (const LogStreamFacts& candidate : log.streams) {
        if (candidate.from < around) stream = &candidate;
    }
    if (stream->transactions == 0) return {};
    const std::uint64_t before = count_before(log, database, *stream, around);
    const std::uint64_t first = before + 1 > limit / 2 ? before + 1 - limit / 2 : 1;
    return {Range{stream, first, std::min<std::uint64_t>(stream->transactions, first + limit - 1)}};
}

}  // namespace

std::vector<FollowedDatabase> follow_databases(const Workplace& workplace, const std::vector<DatabaseName>& databases,
                                               const std::function<void(const DatabaseName&, const FollowEvent&)>& on_event,
                                               const std::function<void()>& on_started, const CancelToken& cancel) {
    for (const DatabaseName& database : databases) workplace.installation().database(database);
    std::vector<FollowedDatabase> followed(databases.size());
    std::mutex mutex;
    std::size_t started = 0;
    std::optional<Error> failure;
    std::stop_source stop;
    const std::stop_callback stop_with_all(cancel, [&stop] { stop.request_stop(); });
    const auto follow_one = [&](std::size_t i) {
        FollowOptions options;
        options.on_event = [&, i](const FollowEvent& event) {
            const std::lock_guard lock(mutex);
            if (on_event) on_event(databases[i], event);
        };
        options.on_started = [&] {
            const std::lock_guard lock(mutex);
            if (++started == databases.size() && on_started) on_started();
        };
        try {
            followed[i] = {databases[i], follow(workplace.installation(), databases[i], options, stop.get_token())};
        } catch (const Error& error) {
            const std::lock_guard lock(mutex);
            if (!failure) failure = error;
            stop.request_stop();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < databases.size(); ++i) threads.emplace_back(follow_one, i);
    }
    if (failure) throw Error(*failure);
    return followed;
}

LogDone take_log_now(const Workplace& workplace, const DatabaseName& database, Progress& progress, const CancelToken& cancel) {
    const Installation& installation = workplace.installation();
    const DatabaseSpec& spec = installation.database(database);
    return within("back up the log of " + spec.name.str(), [&] {
        const DatabaseLock lock = DatabaseLock::take(installation, spec.name, "a log backup");
        LogDone done = take_log(installation, spec, lock, progress, cancel);
        installation.catalog.audit("log", spec.name.str(), fmt::format("{} transactions, {} stored", done.transactions, format_bytes(done.stored_bytes)));
        return done;
    });
}

namespace {

// Of a server's write-ahead log: the newest, or half of them before the moment and half after.
LogListing list_wal(const WalLog& log, const LogAsked& asked) {
    LogListing listing;
    if (log.starts().empty()) return listing;
    std::deque<ListedTransaction> kept;
    std::size_t after = 0;
    Instant newest{};
    log.visit(log.starts().back().stop, log.reach(log.starts().back()), [&](const WalTransaction& each) {
        newest = std::max(newest, instant_of(each));
        ++listing.in_all;
        const bool is_after = asked.around && newest >= *asked.around;
        if (is_after && after >= asked.limit / 2) return true;
        after += is_after ? 1U : 0U;
        LogTransaction transaction;
        transaction.number = each.at.bytes;
        transaction.at = transaction.not_before = newest;
        kept.push_back({LogPosition{log.stream(), each.at.bytes}, transaction, {each.restore_point.empty() ? fmt::format("xid {}", each.xid) : "restore point " + printable(each.restore_point, 64)}});
        if (kept.size() > asked.limit) kept.pop_front();
        return true;
    });
    listing.transactions.assign(kept.begin(), kept.end());
    return listing;
}

}  // namespace

LogListing list_log(const Workplace& workplace, const LogAsked& asked, const CancelToken& cancel) {
    const DatabaseSpec& spec = workplace.installation().database(asked.database);
    if (const std::vector<WalLog> wal = wal_logs(workplace.installation(), spec.name); !wal.empty()) {
        LogListing listing = list_wal(wal.front(), asked);
        if (asked.with_tables) name_changed_relations(workplace.installation(), spec, wal.front(), listing, cancel);
        return listing;
    }
    const ReadableLog log = readable_log(workplace, spec);
    LogListing listing;
    for (const LogStreamFacts& stream : log.streams) listing.in_all += stream.transactions;
    const auto ranges = asked.around ? ranges_around(log, spec.name, *asked.around, asked.limit) : newest_ranges(log, asked.limit);
    for (const Range& range : ranges) {
        log.repository->read_log(spec.name, range.stream->stream, range.first, range.last, asked.with_tables, [&](const LogTransaction& transaction) {
            listing.transactions.push_back({LogPosition{range.stream->stream, transaction.number}, transaction, {}});
            return true;
        });
    }
    if (asked.with_tables) name_touched_tables(workplace, spec, listing, cancel);
    return listing;
}

std::vector<TimelineRow> timelines(const Workplace& workplace, const TimelineAsked& asked) {
    const Installation& installation = workplace.installation();
    if (asked.database) installation.database(*asked.database);
    const Instant now = asked.as_of.value_or(installation.clock.now());
    std::vector<TimelineRow> rows;
    for (const DatabaseSpec& spec : workplace.policy().databases) {
        if (asked.database && *asked.database != spec.name) continue;
        if (asked.as_of) {
            // Whether it was followed then nobody has written down.
            const CatalogMoment moment = workplace.catalog().as_of(now, spec.name);
            rows.push_back({timeline_of(spec.name, moment.points, moment.windows, asked.since, now), false});
        } else {
            rows.push_back({timeline_of(spec.name, workplace.catalog().points(spec.name), workplace.catalog().windows(spec.name), asked.since, now),
                            is_followed(installation, spec.name)});
        }
    }
    return rows;
}

}  // namespace holdfast
