#include "engine/recovery/restore.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/lock_file.hpp"
#include "engine/recovery/record_work.hpp"
#include "engine/recovery/wal_log.hpp"
#include "engine/repository/image_reader.hpp"

namespace holdfast {
namespace {

// What a file system needs beside the bytes themselves.
constexpr std::uint64_t kSpareBytes = 1 << 20;

// One restore on its way: who reads what to where.
struct Restoring {
    const Installation& installation;
    const RestoreRequest& request;
    ImageReader& image;
    Provider& provider;
    fs::path to;
    StoreName store;
    Progress& progress;
    CancelToken cancel;

    WorkContext work() const { return {.clock = installation.clock, .progress = progress, .cancel = cancel}; }
    Place place_at(const fs::path& location, bool is_copy) const {
        return {.database = request.point.database, .engine = request.point.engine, .location = location.string(), .is_copy = is_copy};
    }
};

bool is_same_place(const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    if (fs::exists(a, ignored) && fs::exists(b, ignored)) return fs::equivalent(a, b, ignored);
    return fs::weakly_canonical(a, ignored) == fs::weakly_canonical(b, ignored);
}

void require_not_live(const Installation& installation, const fs::path& to) {
    for (const DatabaseSpec& spec : installation.policy.databases) {
        if (spec.path.empty() || !is_same_place(to, spec.path)) continue;
        throw Error(ErrorCode::NotPermitted, fmt::format("{} is the live database {}", to.string(), spec.name.str()),
                    "Restore to another path and look at it; to bring data back, use a runbook: it takes a safety backup first.");
    }
}

std::uint64_t bytes_of(const PointManifest& manifest) {
    std::uint64_t bytes = 0;
    for (const PointFile& file : manifest.files) bytes += file.bytes;
    return bytes;
}

// What is there already and will be written over needs no new space.
std::uint64_t bytes_there(const Restoring& restoring) {
    std::uint64_t bytes = 0;
    for (const PointFile& file : restoring.image.manifest().files) {
        std::error_code ignored;
        const fs::path target = restoring.provider.target_of(restoring.to.string(), file.name);
        if (fs::is_regular_file(target, ignored)) bytes += std::min<std::uint64_t>(fs::file_size(target, ignored), file.bytes);
    }
    return bytes;
}

void require_space(const Restoring& restoring, bool in_place) {
    const std::uint64_t whole = bytes_of(restoring.image.manifest());
    const std::uint64_t needed = (in_place ? whole - bytes_there(restoring) : whole) + kSpareBytes;
    const std::uint64_t available = free_bytes_at(restoring.to.parent_path());
    if (needed <= available) return;
    throw Error(ErrorCode::DiskFull,
                fmt::format("restoring to {} needs {}, and {} are free there", restoring.to.string(), format_bytes(needed),
                            format_bytes(available)),
                "Free some space, or restore to another file system with --to.");
}

void sync_file_system_of(const fs::path& path) {
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) throw_errno(errno, "open " + path.string());
    const int failed = ::syncfs(folder) == 0 ? 0 : errno;
    ::close(folder);
    if (failed != 0) throw_errno(failed, "sync the file system of " + path.string());
}

// Writes all files of the image for `location`; they are synced when it returns.
RestoreTotals write_files(const Restoring& restoring, const fs::path& location, bool delta) {
    RestoreTotals totals;
    for (const PointFile& file : restoring.image.manifest().files) {
        throw_if_cancelled(restoring.cancel);
        const fs::path target = restoring.provider.target_of(location.string(), file.name);
        make_private_folders(target.parent_path());
        const RestoreTotals one = restoring.image.restore_file(file.name, target, delta, restoring.progress, restoring.cancel);
        if (::chmod(target.c_str(), static_cast<mode_t>(file.mode & 0777)) != 0) throw_errno(errno, "set the mode of " + target.string());
        totals.bytes += one.bytes;
        totals.fetched_bytes += one.fetched_bytes;
        totals.written_bytes += one.written_bytes;
    }
    if (restoring.image.manifest().files.size() > 1) sync_file_system_of(location.parent_path());
    return totals;
}

// Gives the finished restore its name, unless something has taken that name meanwhile.
void move_into_place(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return sync_folder(to.parent_path());
    // A folder that is there and empty is what servers' packages leave: it is taken over.
    if (errno == EEXIST && fs::is_directory(to) && ::rename(from.c_str(), to.c_str()) == 0) return sync_folder(to.parent_path());
    if (errno == EEXIST || errno == ENOTEMPTY) throw Error(ErrorCode::AlreadyExists, to.string() + " has appeared while it was being restored", "Choose another path with --to.");
    // Some file systems cannot do both at once.
    if (errno != EINVAL && errno != ENOSYS) throw_errno(errno, "rename " + from.string() + " to " + to.string());
    if (fs::exists(fs::symlink_status(to))) throw Error(ErrorCode::AlreadyExists, to.string() + " exists", "Choose another path with --to.");
    rename_durably(from, to);
}

// A restore that is not finished goes again; one that was killed is removed by the next to the same place.
class Draft {
public:
    explicit Draft(const fs::path& to) : path_(to.parent_path() / ("." + to.filename().string() + ".restoring")) { clear(); }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft() { clear(); }
    const fs::path& path() const { return path_; }

private:
    void clear() const noexcept {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
        for (const char* suffix : {"-wal", "-shm", "-journal"}) fs::remove(path_.string() + suffix, ignored);
    }
    fs::path path_;
};

// Files as they were found: put where they belong, side files first, so that the database is not there without them. Nobody opens them.
void move_raw_files(const Restoring& restoring, const fs::path& from) {
    std::vector<std::string> names;
    for (const PointFile& file : restoring.image.manifest().files) names.push_back(file.name);
    std::ranges::sort(names, {}, [](const std::string& name) { return std::pair(name == "main", name); });
    for (const std::string& name : names) {
        fault_point("recovery.restore.raw.before");
        move_into_place(restoring.provider.target_of(from.string(), name), restoring.provider.target_of(restoring.to.string(), name));
    }
}

// The log behind the point, where it is one of bytes: staged for the server to replay when it is started.
void stage_log(const Restoring& restoring, const fs::path& location) {
    const auto& position = restoring.request.log;
    const auto branch = position ? branch_of(position->stream) : std::nullopt;
    auto* engine = dynamic_cast<WalEngine*>(&restoring.provider);
    if (engine == nullptr || (position && !branch)) return;
    const auto log = WalLog::find(restoring.installation, restoring.request.point.database, restoring.store);
    if (!branch) {
        const fs::path folder = engine->wal_folder(location);
        if (log && fs::is_directory(folder)) stage_histories(*log, folder);
        return;
    }
    if (!log || log->branch() != *branch) {
        throw Error(ErrorCode::Changed, fmt::format("the log of {} in {} is another one by now", restoring.request.point.database.str(), restoring.store.str()), "Try again.");
    }
    stage_wal(*log, restoring.request.point.id, Lsn{position->transaction}, wal_engine_of(restoring.provider), location, restoring.work());
}

RestoreTotals restore_beside(const Restoring& restoring) {
    make_private_folders(restoring.to.parent_path());
    const Draft draft(restoring.to);
    const RestoreTotals totals = write_files(restoring, draft.path(), false);
    if (restoring.request.point.kind == BackupKind::Raw && restoring.provider.traits().is_one_file) {
        move_raw_files(restoring, draft.path());
        return totals;
    }
    if (restoring.request.point.kind == BackupKind::Raw) {   // A folder, as it was found.
        fault_point("recovery.restore.raw.before");
        move_into_place(draft.path(), restoring.to);
        return totals;
    }
    restoring.provider.finish_restore(restoring.place_at(draft.path(), true), restoring.to, restoring.work());
    stage_log(restoring, draft.path());
    throw_if_cancelled(restoring.cancel);
    fault_point("recovery.restore.rename.before");
    move_into_place(draft.path(), restoring.to);
    fault_point("recovery.restore.rename.after");
    return totals;
}

RestoreTotals restore_in_place(const Restoring& restoring) {
    fault_point("recovery.restore.delta.before");
    restoring.provider.begin_overwriting(restoring.to.string());
    const RestoreTotals totals = write_files(restoring, restoring.to, true);
    restoring.provider.finish_restore(restoring.place_at(restoring.to, !restoring.request.over_live), restoring.to, restoring.work());
    stage_log(restoring, restoring.to);
    fault_point("recovery.restore.delta.after");
    return totals;
}

StoreName store_for(const Installation& installation, const RestoreRequest& request) {
    if (request.store) return *request.store;
    return request.log ? store_of_log(installation, request.point.database, *request.log) : store_to_read(installation, request.point);
}

std::unique_ptr<ImageReader> open_image(Repository& repository, const RestoreRequest& request) {
    if (request.log && !branch_of(request.log->stream)) return repository.read_image_at(request.point.database, request.point.id, *request.log);
    return repository.read_image(request.point.database, request.point.id);
}

std::string name_of_state(const RestoreRequest& request) {
    return request.log ? fmt::format("{} and the log up to {}", request.point.id.str(), to_text(*request.log)) : request.point.id.str();
}

// The log's share up to the transaction that was asked for.
void record_replay(const Installation& installation, const RestoreRequest& request, const StoreName& store, Duration began) {
    // A server replays its log itself, after this.
    if (!request.log || branch_of(request.log->stream)) return;
    for (const LogWindow& window : installation.catalog.windows(request.point.database)) {
        if (window.stream != request.log->stream || window.store != store || window.transactions == 0) continue;
        const double share = std::min(1.0, static_cast<double>(request.log->transaction) / static_cast<double>(window.transactions));
        record_work(installation, {WorkKind::Replay, request.point.database, request.point.engine, store, static_cast<std::uint64_t>(share * static_cast<double>(window.bytes))}, began);
    }
}

LockFile lock_target(const Installation& installation, const fs::path& to) {
    // Two paths that share a lock by chance only wait for each other.
    const auto name = fmt::format("restore-{:016x}.lock", std::hash<std::string>{}(fs::weakly_canonical(to).string()));
    return LockFile::take(installation.state / "locks" / name, to.string(), "a restore", installation.clock);
}

}  // namespace

RestoreResult restore_point(const Installation& installation, const RestoreRequest& request, Progress& progress, CancelToken cancel) {
    if (request.to.empty()) throw Error(ErrorCode::Usage, "there is no path to restore to", "Give one with --to.");
    if (request.point.kind == BackupKind::Raw && request.delta) {
        throw Error(ErrorCode::Usage, "files that are kept as they were found are restored to a new place only", "Leave out --delta and choose another path.");
    }
    const Duration began = installation.clock.steady();
    const fs::path to = fs::absolute(request.to).lexically_normal();
    if (!request.over_live) require_not_live(installation, to);
    const StoreName store = store_for(installation, request);
    return within(fmt::format("restore {} from {}", name_of_state(request), store.str()), [&] {
        Provider& provider = installation.providers.of(request.point.engine);
        const LockFile lock = lock_target(installation, to);
        const bool exists = fs::exists(fs::symlink_status(to));
        const auto guard = provider.guard_target(to.string(), request.delta);
        const Duration opening = installation.clock.steady();
        const auto image = open_image(installation.repositories.of(store), request);
        record_replay(installation, request, store, opening);
        const Duration writing = installation.clock.steady();
        const Restoring restoring{installation, request, *image, provider, to, store, progress, cancel};
        const bool in_place = request.delta && exists;
        require_space(restoring, in_place);
        progress.begin(fmt::format("restoring {}", request.point.database.str()), bytes_of(image->manifest()));
        const RestoreTotals totals = in_place ? restore_in_place(restoring) : restore_beside(restoring);
        progress.end();
        // What stands there already is only compared: that says nothing of how long a whole restore takes.
        if (!in_place) record_work(installation, {WorkKind::Restore, request.point.database, request.point.engine, store, totals.bytes}, writing);
        return RestoreResult{.copy = restoring.place_at(to, !request.over_live),
                             .point = request.point.id,
                             .log = request.log,
                             .store = store,
                             .bytes = totals.bytes,
                             .fetched_bytes = totals.fetched_bytes,
                             .written_bytes = totals.written_bytes,
                             .took = installation.clock.steady() - began,
                             .next = request.point.kind == BackupKind::Raw ? std::vector<std::string>() : provider.what_next(restoring.place_at(to, true))};
    });
}

void close_copies_of(const Installation& installation, const std::string& run) {
    const fs::path folder = path_inside(installation.state / "copies", run);
    for (const EngineKind engine : installation.providers.engines()) installation.providers.of(engine).close_copies(folder);
}

fs::path copy_folder(const Installation& installation, const std::string& run) {
    const fs::path folder = path_inside(installation.state / "copies", run);
    make_private_folders(folder);
    return folder;
}

}  // namespace holdfast
