#include "engine/job/log_stream.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/job/open_repository.hpp"
#include "engine/job/take_backup.hpp"

namespace holdfast {
namespace {

constexpr Duration kRecordBusy = std::chrono::seconds(1);    // Between two records while transactions come …
constexpr Duration kRecordIdle = std::chrono::seconds(30);   // … and while none do.

const StoreName& written_store(const Installation& installation, const DatabaseSpec& spec) { return installation.environment_of(spec).copies.at(0); }

bool is_known_to_have_ended(const Installation& installation, const DatabaseName& database, const LogStreamId& stream) {
    for (const LogWindow& window : installation.catalog.windows(database)) {
        if (window.stream == stream && !window.ended.empty()) return true;
    }
    return false;
}

// A log goes on only on a base that can be restored from.
bool has_sound_base(const Installation& installation, const StoreName& store, const LogStreamFacts& stream) {
    const auto base = installation.catalog.point(stream.base);
    return base && std::ranges::find(base->copies, store) != base->copies.end() &&
           installation.catalog.soundness_in(base->id, store) != Soundness::Damaged;
}

}  // namespace

LogWindow window_of(const DatabaseName& database, const StoreName& store, const LogStreamFacts& facts, const std::string& ended) {
    return {.database = database,
            .stream = facts.stream,
            .store = store,
            .base = facts.base,
            .from = facts.from,
            .until = facts.until,
            .transactions = facts.transactions,
            .bytes = facts.bytes,
            .precision = facts.precision,
            .ended = ended};
}

std::optional<OpenedLog> continue_stream(const Installation& installation, const DatabaseSpec& spec) {
    const StoreName& store = written_store(installation, spec);
    if (!Repository::exists(installation.repositories.store(store))) return std::nullopt;
    Repository& repository = installation.repositories.of(store);
    const std::vector<LogStreamFacts> streams = repository.log_streams(spec.name);
    if (streams.empty()) return std::nullopt;
    const LogStreamFacts& newest = streams.back();
    const std::string identity = installation.providers.of(spec.engine).probe(live_place_of(spec)).identity;
    if (newest.identity != identity || is_known_to_have_ended(installation, spec.name, newest.stream) || !has_sound_base(installation, store, newest)) {
        return std::nullopt;
    }
    try {
        return OpenedLog{store, spec.name, repository.continue_log(spec.name, newest.stream)};
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing && error.code != ErrorCode::Corrupt) throw;
        log_warning("the log {} of {} cannot go on ({}); another one begins", newest.stream.str(), spec.name.str(), error.message);
        return std::nullopt;
    }
}

std::optional<OpenedLog> begin_stream(const Installation& installation, const DatabaseSpec& spec, const std::string& why, const std::optional<PointId>& unless_as,
                                      const DatabaseLock& lock, Progress& progress, CancelToken cancel) {
    const BackupTask task{.database = spec, .kind = std::nullopt, .slot = std::nullopt, .keep_until = std::nullopt, .why = why, .unless_as = unless_as, .key = {}};
    const BackupDone done = take_backup(installation, task, lock, progress, std::move(cancel));
    if (done.unchanged) return std::nullopt;
    const StoreName& store = written_store(installation, spec);
    fault_point("job.log.begin.before");
    OpenedLog log{store, spec.name, open_for_writing(installation, store).begin_log(spec.name, done.point.id)};
    log.writer->announce();
    fault_point("job.log.begin.after");
    const LogStreamFacts& facts = log.writer->facts();
    installation.catalog.put_window(window_of(spec.name, store, facts, ""));
    installation.catalog.audit("log.begin", spec.name.str(), fmt::format("stream {} after {} in {}", facts.stream.str(), done.point.id.str(), store.str()));
    return log;
}

WindowKeeper::WindowKeeper(const Installation& installation, const OpenedLog& log)
    : installation_(installation), log_(log), until_(log.writer->facts().until), recorded_at_(installation.clock.steady()),
      recorded_transactions_(log.writer->facts().transactions) {}

void WindowKeeper::reached(Instant until) {
    const std::lock_guard lock(mutex_);
    until_ = std::max(until_, until);
    const bool busy = log_.writer->facts().transactions != recorded_transactions_;
    if (installation_.clock.steady() - recorded_at_ >= (busy ? kRecordBusy : kRecordIdle)) put("");
}

void WindowKeeper::record(const std::string& ended) {
    const std::lock_guard lock(mutex_);
    put(ended);
}

void WindowKeeper::put(const std::string& ended) {
    const LogStreamFacts& facts = log_.writer->facts();
    LogWindow window = window_of(log_.database, log_.store, facts, ended);
    window.until = std::max(until_, facts.until);
    installation_.catalog.put_window(window);
    recorded_at_ = installation_.clock.steady();
    recorded_transactions_ = facts.transactions;
    if (!ended.empty()) installation_.catalog.audit("log.end", log_.database.str(), fmt::format("stream {}: {}", facts.stream.str(), ended));
}

}  // namespace holdfast
