#include "engine/recovery/wal_log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <limits>
#include <thread>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr Lsn kNoEnd{std::numeric_limits<std::uint64_t>::max()};
constexpr std::size_t kNearest = 3;

template <typename Number>
std::optional<Number> parse_number(const std::string& text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// What the provider wrote down (its facts' names are part of the points).
std::optional<WalStart> start_of(const PointManifest& manifest) {
    const auto fact = [&](const char* name) {
        const auto found = manifest.facts.find(name);
        return found == manifest.facts.end() ? std::string() : found->second;
    };
    const auto timeline = parse_number<TimelineNumber>(fact("timeline"));
    const auto start = parse_lsn(fact("start lsn")), stop = parse_lsn(fact("stop lsn"));
    if (!timeline || !start || !stop || *stop < *start) return std::nullopt;
    return WalStart{.point = manifest.point, .timeline = *timeline, .start = *start, .stop = *stop};
}

std::vector<TimelineSwitch> path_to(WalArchive& archive, const WalBranch& branch) {
    std::vector<TimelineSwitch> path;
    if (branch.timeline > 1) {
        if (const auto history = archive.file(branch.system, history_name(branch.timeline))) path = parse_timeline_history(as_text(*history));
    }
    path.push_back({.timeline = branch.timeline, .ended_at = kNoEnd});
    return path;
}

bool lies_on(const std::vector<TimelineSwitch>& path, const WalStart& start) {
    const auto step = std::ranges::find(path, start.timeline, &TimelineSwitch::timeline);
    return step != path.end() && start.stop <= step->ended_at;
}

// The newest that the newest point is on: a cluster that was replaced, and put back, is on an older one than the store has seen.
WalBranch branch_with(WalArchive& archive, std::vector<WalBranch> branches, const WalStart* newest) {
    std::ranges::sort(branches, std::greater<>{}, &WalBranch::timeline);
    for (const WalBranch& branch : branches) {
        if (newest == nullptr || lies_on(path_to(archive, branch), *newest)) return branch;
    }
    return branches.front();
}

bool is_usable(const Installation& installation, const RecoveryPoint& point, const StoreName& store) {
    return is_state(point.kind) && installation.catalog.soundness_in(point.id, store) != Soundness::Damaged;
}

}  // namespace

std::optional<WalLog> WalLog::find(const Installation& installation, const DatabaseName& database, const StoreName& store) {
    if (!Repository::exists(installation.repositories.store(store))) return std::nullopt;
    Repository& repository = installation.repositories.of(store);
    WalLog log;
    log.store_ = store;
    log.archive_ = wal_of(repository, database);
    const std::vector<WalPieceFacts> pieces = log.archive_->pieces();
    if (pieces.empty()) return std::nullopt;
    std::vector<std::pair<WalStart, std::string>> starts;
    for (PointManifest& manifest : repository.points(database)) {
        if (!is_usable(installation, manifest.point, store)) continue;
        manifest.point.copies = {store};
        if (const auto known = installation.catalog.point(manifest.point.id)) manifest.point = *known;
        if (auto start = start_of(manifest)) starts.emplace_back(std::move(*start), manifest.identity);
    }
    std::ranges::sort(starts, [](const auto& a, const auto& b) { return a.first.point.instant > b.first.point.instant; });
    std::vector<WalBranch> branches;
    for (const WalPieceFacts& piece : pieces) {
        const bool is_newest_cluster = starts.empty() || starts.front().second.find(std::to_string(piece.name.branch.system)) != std::string::npos;
        if (is_newest_cluster && (branches.empty() || branches.back() != piece.name.branch)) branches.push_back(piece.name.branch);
    }
    if (branches.empty()) return std::nullopt;
    log.branch_ = branch_with(*log.archive_, branches, starts.empty() ? nullptr : &starts.front().first);
    log.path_ = path_to(*log.archive_, log.branch_);
    std::vector<WalPieceFacts> on_path;
    for (const WalPieceFacts& piece : pieces) {
        if (log.is_on_path(piece.name.branch)) on_path.push_back(piece);
    }
    log.runs_ = runs_of(on_path);
    log.segment_bytes_ = log.archive_->index_of(on_path.back()).segment_bytes;
    for (auto& [start, identity] : starts) {
        if (identity.find(std::to_string(log.branch_.system)) != std::string::npos && log.begins_on_path(start)) log.starts_.push_back(std::move(start));
    }
    return log;
}

LogStreamId WalLog::stream() const { return stream_of(branch_); }

std::uint64_t WalLog::stored_bytes() const {
    std::uint64_t bytes = 0;
    for (const WalRun& run : runs_) bytes += run.stored_bytes;
    return bytes;
}

bool WalLog::begins_on_path(const WalStart& start) const {
    return lies_on(path_, start);
}

Lsn WalLog::reach(const WalStart& start) const {
    Lsn at = start.start;
    for (bool further = true; further;) {
        further = false;
        for (const WalRun& run : runs_) {
            // A timeline's first segment begins with a copy of what the one before it has.
            const Lsn end = std::min(run.end, std::ranges::find(path_, run.branch.timeline, &TimelineSwitch::timeline)->ended_at);
            if (run.begin > at || end <= at) continue;
            at = end;
            further = true;
        }
    }
    return at;
}

bool WalLog::is_on_path(const WalBranch& branch) const {
    return branch.system == branch_.system && std::ranges::find(path_, branch.timeline, &TimelineSwitch::timeline) != path_.end();
}

void WalLog::visit(Lsn from, Lsn until, const std::function<bool(const WalTransaction&)>& visit) const {
    bool goes_on = true;
    Lsn at = from;
    for (const TimelineSwitch& step : path_) {
        if (!goes_on || at >= until) return;
        const Lsn end = std::min(until, step.ended_at);
        if (end <= at) continue;
        archive_->visit_transactions({branch_.system, step.timeline}, at, end, [&](const WalTransaction& each) {
            goes_on = each.at < from || visit(each);
            return goes_on;
        });
        at = end;
    }
}

std::vector<WalSegment> WalLog::segments(const WalStart& start, Lsn until) const {
    std::vector<WalSegment> segments;
    for (Lsn at = floor_to(start.start, segment_bytes_); at <= until; at = at + segment_bytes_) {
        const TimelineNumber timeline = newest_with(std::max(at, start.start), at);
        if (timeline == 0) throw Error(ErrorCode::CannotRecover, fmt::format("the write-ahead log at {} is not in {}", to_text(at), store_.str()));
        segments.push_back({timeline, at});
    }
    return segments;
}

// Of the timelines whose log begins at `first` or before it and goes on behind `at`; 0: none does.
TimelineNumber WalLog::newest_with(Lsn first, Lsn at) const {
    TimelineNumber timeline = 0;
    for (const WalRun& run : runs_) {
        if (run.begin <= first && run.end > at && run.branch.timeline > timeline) timeline = run.branch.timeline;
    }
    return timeline;
}

std::optional<WalSegment> WalLog::segment_at(Lsn at) const {
    const Lsn begin = floor_to(at, segment_bytes_);
    const TimelineNumber timeline = newest_with(begin, begin);
    return timeline == 0 ? std::nullopt : std::optional(WalSegment{timeline, begin});
}

void WalLog::read_segment(const WalSegment& segment, std::span<std::byte> out) const {
    std::ranges::fill(out, std::byte{0});
    for (const WalRun& run : runs_) {
        if (run.branch.timeline != segment.timeline) continue;
        const Lsn from = std::max(run.begin, segment.begin), to = std::min(run.end, segment.begin + out.size());
        if (from < to) archive_->read(run.branch, from, out.subspan(from - segment.begin, to - from));
    }
}

std::vector<std::pair<std::string, Bytes>> WalLog::histories() const {
    std::vector<std::pair<std::string, Bytes>> histories;
    for (const std::string& name : archive_->files(branch_.system)) {
        auto history = name.ends_with(".history") ? archive_->file(branch_.system, name) : std::nullopt;
        if (history) histories.emplace_back(name, std::move(*history));
    }
    return histories;
}

namespace {

// What of the log after a start is asked for: its last record.
struct Selection {
    std::optional<WalTransaction> last;
    bool found = false;                 // The very thing that was named.
};

Selection select(const WalLog& log, const WalStart& start, Lsn reach, const WalAsked& asked) {
    Selection selection;
    Instant newest{};
    log.visit(start.stop, reach, [&](const WalTransaction& each) {
        newest = std::max(newest, instant_of(each));
        if ((asked.before && newest >= *asked.before) || (asked.before_record && each.at >= *asked.before_record) || (asked.until && each.at > *asked.until)) {
            selection.found = true;
            return false;
        }
        selection.last = each;
        const bool is_it = (asked.xid && each.restore_point.empty() && each.xid == *asked.xid) || (!asked.name.empty() && each.restore_point == asked.name);
        selection.found = selection.found || is_it;
        return !is_it;
    });
    return selection;
}

bool names_a_record(const WalAsked& asked) { return asked.xid || !asked.name.empty(); }

std::string words_of(const WalAsked& asked) {
    if (asked.xid) return fmt::format("transaction {}", *asked.xid);
    if (!asked.name.empty()) return fmt::format("restore point {}", printable(asked.name, 64));
    if (asked.until) return to_text(*asked.until);
    if (asked.before_record) return fmt::format("what is before {}", to_text(*asked.before_record));
    return asked.before ? fmt::format("what is before {}", to_rfc3339(*asked.before)) : "the newest state";
}

[[noreturn]] void refuse(const WalLog& log, const WalAsked& asked) {
    std::vector<std::string> windows;
    for (const WalStart& start : log.starts()) {
        if (windows.size() == kNearest) break;
        windows.push_back(fmt::format("{} to {} (from {})", to_text(start.stop), to_text(log.reach(start)), to_rfc3339(start.point.instant)));
    }
    throw Error(ErrorCode::CannotRecover, fmt::format("{} is not in the log that can be replayed", words_of(asked)),
                windows.empty() ? "No recovery point is followed by the log: take a backup." : fmt::format("What can be replayed: {}.", join(windows, "; ")));
}

}  // namespace

RecoveryTarget find_in_wal(const WalLog& log, const WalAsked& asked) {
    for (const WalStart& start : log.starts()) {
        const Lsn reach = log.reach(start);
        const auto edge = asked.before_record ? asked.before_record : asked.until;
        if ((asked.before && start.point.instant >= *asked.before) || (edge && start.stop > *edge) || reach < start.stop) continue;
        if (edge && *edge > reach) refuse(log, asked);
        const Selection selection = select(log, start, reach, asked);
        if (names_a_record(asked) && !selection.found) continue;   // An older point may come before it.
        RecoveryTarget target{.point = start.point, .log = std::nullopt, .instant = start.point.instant};
        Lsn until = asked.until.value_or(Lsn{});
        if (selection.last) {
            target.instant = std::max(target.instant, instant_of(*selection.last));
            until = asked.until ? *asked.until : selection.last->at;
        }
        if (until != Lsn{}) target.log = LogPosition{log.stream(), until.bytes};
        return target;
    }
    refuse(log, asked);
}

std::vector<WalLog> wal_logs(const Installation& installation, const DatabaseName& database) {
    std::vector<WalLog> logs;
    const DatabaseSpec* spec = installation.policy.database(database);
    if (spec == nullptr || spec->engine != EngineKind::Postgres) return logs;
    for (const StoreName& store : installation.environment_of(*spec).copies) {
        try {
            if (auto log = WalLog::find(installation, database, store)) logs.push_back(std::move(*log));
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            log_warning("the log of {} in {} cannot be read: {}", database.str(), store.str(), error.message);
        }
    }
    return logs;
}

std::optional<RecoveryTarget> newest_in_wal(const Installation& installation, const DatabaseName& database, const WalAsked& asked) {
    std::optional<RecoveryTarget> best;
    for (const WalLog& log : wal_logs(installation, database)) {
        try {
            RecoveryTarget target = find_in_wal(log, asked);
            if (!best || target.instant > best->instant) best = std::move(target);
        } catch (const Error& error) {
            if (error.code != ErrorCode::CannotRecover) throw;   // Another store, or a point alone.
        }
    }
    return best;
}

RecoveryTarget find_wal_target(const Installation& installation, const DatabaseName& database, const WalAsked& asked) {
    const DatabaseName& name = installation.database(database).name;
    if (const auto target = newest_in_wal(installation, name, asked)) return *target;
    const std::vector<WalLog> logs = wal_logs(installation, name);
    if (!logs.empty()) return find_in_wal(logs.front(), asked);   // Says why not, and what is nearest.
    throw Error(ErrorCode::CannotRecover, fmt::format("no store has a write-ahead log of {}", name.str()), "Archive it: archive_command = 'runbook wal push %p --quiet'");
}

void stage_histories(const WalLog& log, const fs::path& folder) {
    struct stat owner {};
    if (::stat(folder.c_str(), &owner) != 0) throw_errno(errno, "look at " + folder.string());
    for (const auto& [name, bytes] : log.histories()) {
        write_file_durably(folder / name, bytes);
        if (::geteuid() == 0 && ::lchown((folder / name).c_str(), owner.st_uid, owner.st_gid) != 0) throw_errno(errno, "give " + name + " to its owner");
    }
}

void stage_wal(const WalLog& log, const PointId& point, Lsn until, WalEngine& engine, const fs::path& copy, const WorkContext& work) {
    const auto start = std::ranges::find(log.starts(), point, [](const WalStart& each) { return each.point.id; });
    if (start == log.starts().end() || log.reach(*start) < until) {
        throw Error(ErrorCode::CannotRecover, fmt::format("the log in {} does not reach from {} to {}", log.store().str(), point.str(), to_text(until)));
    }
    const fs::path folder = engine.wal_folder(copy);
    make_private_folders(folder);
    stage_histories(log, folder);
    const std::vector<WalSegment> segments = log.segments(*start, until);
    work.progress.begin(fmt::format("staging the log of {}", start->point.database.str()), segments.size() * log.segment_bytes());
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::optional<Error> failure;
    const auto stage = [&] {
        Bytes bytes(log.segment_bytes());
        while (true) {
            const std::size_t at = next++;
            if (at >= segments.size()) return;
            try {
                throw_if_cancelled(work.cancel);
                log.read_segment(segments[at], bytes);
                write_file_durably(folder / segment_name(segments[at], log.segment_bytes()), bytes);
                work.progress.advance(bytes.size());
            } catch (const Error& error) {
                const std::lock_guard lock(mutex);
                if (!failure) failure = error;
                next = segments.size();
            }
        }
    };
    {
        // Large segments: one at a time, for the memory.
        const unsigned workers = log.segment_bytes() > (32u << 20) ? 1 : std::max(1u, std::thread::hardware_concurrency());
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < workers; ++i) threads.emplace_back(stage);
    }
    if (failure) throw Error(*failure);
    work.progress.end();
    engine.set_replay(copy, {.branch = log.branch(), .until = until});
}

namespace {

// Points between which and behind which nothing of the log is missing, and how far it goes on.
struct WalStretch {
    Lsn reach;
    std::vector<WalStart> starts;      // Newest first.
};

std::vector<WalStretch> stretches_of(const WalLog& log) {
    std::vector<WalStretch> stretches;
    for (const WalStart& start : log.starts()) {
        const Lsn reach = log.reach(start);
        if (reach < start.stop) continue;   // It has not even what makes it whole.
        if (stretches.empty() || stretches.back().reach != reach) stretches.push_back({reach, {}});
        stretches.back().starts.push_back(start);
    }
    return stretches;
}

// The newest point from which everything since `promised` can be reached, or the oldest.
const WalStart& base_of(const WalStretch& stretch, Instant promised) {
    const auto found = std::ranges::find_if(stretch.starts, [&](const WalStart& start) { return start.point.instant <= promised; });
    return found == stretch.starts.end() ? stretch.starts.back() : *found;
}

// Counted on, not anew, from where the catalog's count had come: a log grows, and this is asked after every segment.
void count(const std::vector<LogWindow>& known, const WalLog& log, Lsn from, Lsn reach, LogWindow& window) {
    for (const LogWindow& before : known) {
        const bool goes_on = before.store == window.store && before.stream == window.stream && before.base == window.base;
        if (!goes_on || Lsn{before.counted_to} < from || reach < Lsn{before.counted_to}) continue;
        from = Lsn{before.counted_to};
        window.transactions = before.transactions;
        window.until = std::max(window.until, before.until);
        window.counted_to = before.counted_to;
        if (!window.ended.empty()) return;   // Nothing comes to it any more.
    }
    log.visit(from, reach, [&](const WalTransaction& each) {
        window.until = std::max(window.until, instant_of(each));
        window.transactions += each.restore_point.empty() ? 1U : 0U;
        from = each.end;   // Not `reach`: a record may lie across it, and counts when it is whole.
        return true;
    });
    window.counted_to = from.bytes;
}

}  // namespace

std::vector<LogWindow> wal_windows(const Installation& installation, const DatabaseName& database, const StoreName& store, Instant promised) {
    std::vector<LogWindow> windows;
    const auto log = WalLog::find(installation, database, store);
    if (!log) return windows;
    const std::vector<LogWindow> known = installation.catalog.windows(database);
    const std::vector<WalStretch> stretches = stretches_of(*log);
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const WalStretch& stretch = stretches[i];
        const WalStart& base = base_of(stretch, promised);
        LogWindow window{.database = database, .stream = log->stream(), .store = store, .base = base.point.id, .from = base.point.instant,
                         .until = stretch.starts.front().point.instant, .transactions = 0, .bytes = i == 0 ? log->stored_bytes() : 0, .precision = Duration(0), .ended = {}};
        if (i > 0) {
            // An earlier part of the same branch: named by where it ends, since that stays.
            window.stream = LogStreamId(fmt::format("{}@{}", log->stream().str(), to_text(stretch.reach)));
            window.ended = fmt::format("the server's log from {} to {} is missing", to_text(stretch.reach), to_text(stretches[i - 1].starts.back().start));
        }
        count(known, *log, base.stop, stretch.reach, window);
        // What nothing promises any more needs no base that stays for it.
        if (i == 0 || window.until >= promised) windows.push_back(std::move(window));
    }
    return windows;
}

std::vector<WalPieceFacts> wal_to_expire(const Installation& installation, const DatabaseName& database, const StoreName& store, Instant promised) {
    const auto log = WalLog::find(installation, database, store);
    if (!log || log->starts().empty()) return {};
    const std::vector<WalStretch> stretches = stretches_of(*log);
    // While the newest point is not whole yet, nothing is known to make up for what would go.
    if (stretches.empty() || stretches.front().starts.front().point.id != log->starts().front().point.id) return {};
    const WalStart& base = base_of(stretches.front(), promised);
    Repository& repository = installation.repositories.of(store);
    std::vector<WalStart> points;
    for (const PointManifest& manifest : repository.points(database)) {
        if (auto start = start_of(manifest)) points.push_back(std::move(*start));
    }
    std::vector<WalPieceFacts> free;
    for (WalPieceFacts& piece : wal_of(repository, database)->pieces()) {
        const bool is_behind_base = log->is_on_path(piece.name.branch) && piece.name.end > floor_to(base.start, log->segment_bytes());
        const bool makes_whole = std::ranges::any_of(points, [&](const WalStart& point) {
            return piece.name.end > floor_to(point.start, log->segment_bytes()) && piece.name.begin <= point.stop;
        });
        if (!is_behind_base && !makes_whole && piece.modified < promised) free.push_back(std::move(piece));
    }
    std::ranges::sort(free, {}, &WalPieceFacts::modified);
    return free;
}

}  // namespace holdfast
