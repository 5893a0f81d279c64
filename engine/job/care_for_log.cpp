#include "engine/job/care_for_log.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "engine/job/copy_points.hpp"
#include "engine/job/log_stream.hpp"
#include "engine/job/open_repository.hpp"
#include "engine/job/wal_care.hpp"
#include "engine/plan/log_retention.hpp"
#include "engine/repository/log.hpp"
#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kManyPieces = 8;

TimeZone zone_of(const Installation& installation) { return TimeZone::find(installation.policy.timezone).value_or(TimeZone::utc()); }

// Does `work`; what goes wrong is only said.
template <typename Work>
void attempt(const std::string& what, Work&& work) {
    try {
        work();
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        log_warning("{}: {}", what, error.message);
    }
}

void compact_newest(const Installation& installation, const StoreName& store, const DatabaseSpec& spec, Progress& progress, const CancelToken& cancel) {
    Repository& repository = installation.repositories.of(store);
    const std::vector<LogStreamFacts> streams = repository.log_streams(spec.name);
    if (streams.empty()) return;
    const Instant fold_before = fold_logs_before(installation.policy_of(spec).retention, zone_of(installation), installation.clock.now());
    for (const LogStreamFacts& stream : streams) {
        // Older streams are as small as they get, unless they ended with many small pieces or have come out of the span in which every
        // transaction counts.
        const bool is_small = stream.pieces < kManyPieces && stream.until >= fold_before;
        if (stream.stream != streams.back().stream && is_small) continue;
        repository.compact_log(spec.name, stream.stream, {.fold_before = fold_before}, progress, cancel);
    }
}

void copy_streams(const Installation& installation, const StoreName& from, const StoreName& to, const DatabaseSpec& spec, Progress& progress,
                  const CancelToken& cancel) {
    Repository& source = installation.repositories.of(from);
    Repository& target = open_for_writing(installation, to);
    const std::vector<LogWindow> windows = installation.catalog.windows(spec.name);
    for (const LogStreamFacts& stream : source.log_streams(spec.name)) {
        const auto base = installation.catalog.point(stream.base);
        if (!base) continue;
        if (std::ranges::find(base->copies, to) == base->copies.end()) {
            make_copy(installation, {.point = base->id, .database = spec.name, .from = from, .to = to, .why = "a log follows it"}, progress, cancel);
        }
        source.copy_log(spec.name, stream.stream, target, progress, cancel);
        const auto known = std::ranges::find_if(windows, [&](const LogWindow& window) { return window.stream == stream.stream && window.store == from; });
        for (const LogStreamFacts& copied : target.log_streams(spec.name)) {
            if (copied.stream != stream.stream) continue;
            target.compact_log(spec.name, stream.stream, {}, progress, cancel);
            installation.catalog.put_window(window_of(spec.name, to, copied, known == windows.end() ? "" : known->ended));
        }
    }
}

}  // namespace

void care_for_log(const Installation& installation, const StoreName& store, const DatabaseSpec& spec, Progress& progress, const CancelToken& cancel) {
    attempt(fmt::format("the log of {} in {} was not compacted", spec.name.str(), store.str()), [&] { compact_newest(installation, store, spec, progress, cancel); });
    for (const StoreName& other : installation.environment_of(spec).copies) {
        if (other == store) continue;
        attempt(fmt::format("the log of {} was not copied to {}", spec.name.str(), other.str()),
                [&] { copy_streams(installation, store, other, spec, progress, cancel); });
    }
}

std::vector<std::string> expire_logs(const Installation& installation, const DatabaseSpec& spec, const CancelToken& cancel) {
    if (spec.engine == EngineKind::Postgres) return expire_wal(installation, spec, cancel);
    std::vector<std::string> sentences;
    const std::vector<LogWindow> windows = installation.catalog.windows(spec.name);
    const std::vector<LogWindow> free = logs_to_expire(installation.policy_of(spec).retention, zone_of(installation), windows,
                                                       installation.catalog.points(spec.name), installation.clock.now());
    for (const LogWindow& window : free) {
        throw_if_cancelled(cancel);
        installation.repositories.of(window.store).forget_log(spec.name, window.stream);
        installation.catalog.remove_window(window.stream, window.store);
        installation.catalog.audit("log.expire", spec.name.str(), fmt::format("stream {} up to {} in {}", window.stream.str(), to_rfc3339(window.until), window.store.str()));
        sentences.push_back(fmt::format("{}: the log of {} to {} in {}", spec.name.str(), to_rfc3339(window.from), to_rfc3339(window.until), window.store.str()));
    }
    return sentences;
}

}  // namespace holdfast
