#include "providers/databases/postgres/recovery_instance.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/cluster_layout.hpp"
#include "providers/databases/postgres/instance_settings.hpp"
#include "providers/databases/postgres/server_programs.hpp"

namespace holdfast {
namespace {

constexpr const char* kProcessFile = "postmaster.pid";
constexpr const char* kRecordFile = "instance";
constexpr std::string_view kRecordMagic = "HFINSTA1";
constexpr int kLookEveryMs = 10;
constexpr std::int64_t kStopPatienceMs = 30'000, kKillPatienceMs = 10'000, kStepsPatienceMs = 600'000;
constexpr std::uint64_t kLogBytesMost = 64 << 20;

struct InstanceRecord {
    std::string lineage, live_database, live_user;
};

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

std::string lineage_in(const fs::path& data_folder) {
    return is_there(data_folder / kLineageFile) ? read_text_file(data_folder / kLineageFile, 4096) : std::string();
}

void write_record(const fs::path& folder, const InstanceRecord& record) {
    ByteWriter writer;
    writer.raw(as_bytes(kRecordMagic));
    for (const std::string& text : {record.lineage, record.live_database, record.live_user}) writer.text(text);
    write_file_durably(folder / kRecordFile, writer.bytes());
}

std::optional<InstanceRecord> read_record(const fs::path& folder) {
    if (!is_there(folder / kRecordFile)) return std::nullopt;
    const Bytes bytes = read_file(folder / kRecordFile, 64 << 10);
    ByteReader reader(bytes, "the record of a recovery instance");
    if (as_text(reader.raw(kRecordMagic.size())) != kRecordMagic) throw Error(ErrorCode::Corrupt, fmt::format("{} is no record of a recovery instance", (folder / kRecordFile).string()));
    InstanceRecord record;
    for (std::string* text : {&record.lineage, &record.live_database, &record.live_user}) *text = reader.text();
    return record;
}

// Only a server in the very cluster that the record was written for is ours to stop.
bool is_ours(const fs::path& data_folder, const InstanceRecord& record) { return !record.lineage.empty() && lineage_in(data_folder) == record.lineage; }

void give(const fs::path& path, const SystemUser& user) {
    if (::lchown(path.c_str(), user.user, user.group) != 0) throw_errno(errno, "give " + path.string() + " to " + user.name);
}

void give_all(const fs::path& folder, const std::optional<SystemUser>& user) {
    if (!user) return;
    give(folder, *user);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) give(entry.path(), *user);
}

bool may_pass(const fs::path& folder, const SystemUser& user) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) throw_errno(errno, "look at " + folder.string());
    if (status.st_uid == user.user) return (status.st_mode & S_IXUSR) != 0;
    if (status.st_gid == user.group) return (status.st_mode & S_IXGRP) != 0;
    return (status.st_mode & S_IXOTH) != 0;
}

// Through a folder of ours that nobody else may enter the server's group may pass from now on; it may not list it.
void let_through(const fs::path& folder, const SystemUser& user) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) throw_errno(errno, "look at " + folder.string());
    if (status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) {
        throw Error(ErrorCode::Unavailable, fmt::format("the user {} cannot enter {}", user.name, folder.string()), "Let it pass there: a server over the copy runs as that user.");
    }
    if (::chown(folder.c_str(), status.st_uid, user.group) != 0 || ::chmod(folder.c_str(), 0710) != 0) throw_errno(errno, "let " + user.name + " through " + folder.string());
}

void make_reachable(const fs::path& data_folder, const fs::path& room, const std::optional<SystemUser>& user) {
    if (!user) return;
    fs::path at = "/";
    for (const fs::path& part : data_folder.parent_path().relative_path()) {
        at /= part;
        if (may_pass(at, *user)) continue;
        const auto [end, ignored] = std::mismatch(room.begin(), room.end(), at.begin(), at.end());
        if (end == room.end()) {
            let_through(at, *user);
            continue;
        }
        throw Error(ErrorCode::Unavailable, fmt::format("the user {}, under which a server over the copy would run, cannot enter {}", user->name, at.string()),
                    fmt::format("Let it pass (chmod o+x {}), or keep the state folder elsewhere (`state:` in the policy).", at.string()));
    }
}

// The private folder for the socket: made by us, or there already and nobody else's.
void make_socket_folder(const fs::path& folder, const std::optional<SystemUser>& user) {
    if (::mkdir(folder.c_str(), 0700) == 0) {
        if (user) give(folder, *user);
        return;
    }
    struct stat status {};
    if (errno != EEXIST || ::lstat(folder.c_str(), &status) != 0) throw_errno(errno, "make " + folder.string());
    const uid_t owner = user ? user->user : ::geteuid();
    if (S_ISDIR(status.st_mode) && (status.st_uid == owner || status.st_uid == ::geteuid()) && (status.st_mode & 077) == 0) {
        if (user) give(folder, *user);
        return;
    }
    throw Error(ErrorCode::NotPermitted, folder.string() + " is there already and somebody else may enter it", "Look what it is, and remove it.");
}

// A server that was killed leaves children behind for a moment, and they still have the files.
void wait_until_left(const fs::path& data_folder, const CancelToken& cancel) {
    const fs::path folder = fs::canonical(data_folder);
    const auto is_used = [&] {
        for (const auto& entry : fs::directory_iterator("/proc")) {
            std::error_code gone;
            if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string().front())) != 0 && fs::read_symlink(entry.path() / "cwd", gone) == folder) return true;
        }
        return false;
    };
    for (std::int64_t waited = 0; is_used(); waited += kLookEveryMs) {
        if (waited > kKillPatienceMs) throw Error(ErrorCode::Busy, fmt::format("processes of an earlier server still use {}", data_folder.string()), "End them, then try again.");
        throw_if_cancelled(cancel);
        ::poll(nullptr, 0, kLookEveryMs);
    }
}

// A server that was started a moment ago and has not written its process file yet; whoever started it may be dead by now.
std::vector<pid_t> servers_told_of(const fs::path& data_folder) {
    const std::string folder = std::string("-D") + '\0' + data_folder.string() + '\0';
    const std::string mark = std::string("cluster_name=holdfast-copy") + '\0';
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        pid_t process = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), process).ec != std::errc() || process <= 0) continue;
        try {
            const std::string line = read_text_file(entry.path() / "cmdline", 64 << 10);
            if (line.find(folder) != std::string::npos && line.find(mark) != std::string::npos) found.push_back(process);
        } catch (const Error&) {
            continue;   // It has ended meanwhile, or is somebody else's.
        }
    }
    return found;
}

// What would make a copied cluster act as the one that it was copied from, and what a server that was killed has left.
void cut_ties(const fs::path& data_folder, const InstancePlaces& places) {
    std::error_code ignored;
    fs::remove(data_folder / "standby.signal", ignored);
    fs::remove(data_folder / kProcessFile, ignored);   // Of a server that runs elsewhere, or ran here; nobody does now.
    for (const char* name : {".s.PGSQL.5432", ".s.PGSQL.5432.lock"}) fs::remove(places.socket_folder / name, ignored);
    const fs::path slots = data_folder / "pg_replslot";
    if (!fs::is_directory(slots)) return;
    for (const auto& entry : fs::directory_iterator(slots)) fs::remove_all(entry.path());
}

// The last complaint in what the server has written since `from`.
std::string last_complaint(const fs::path& log, std::uint64_t from) {
    const std::string text = read_text_file(log, kLogBytesMost).substr(from);
    std::string found, any;
    for (const std::string& line : split(text, '\n')) {
        for (const std::string_view severity : {"FATAL:", "PANIC:", "ERROR:"}) {
            const auto at = line.find(severity);
            if (at != std::string::npos && (found.empty() || severity != "ERROR:")) found = line.substr(at + severity.size());
        }
        if (!trim(line).empty()) any = line;
    }
    return printable(trim(found.empty() ? any : found), 300);
}

// A machine that has no room says nothing about the cluster.
bool is_about_machine(std::string_view complaint) {
    for (const std::string_view words : {"shared memory", "Permission denied", "lock file", "No space left", "could not bind", "shared library", "shared libraries"}) {
        if (complaint.find(words) != std::string_view::npos) return true;
    }
    return false;
}

[[noreturn]] void fail_start(const fs::path& data_folder, const fs::path& log, std::uint64_t from) {
    const std::string complaint = last_complaint(log, from);
    throw Error(is_about_machine(complaint) ? ErrorCode::Unavailable : ErrorCode::Corrupt,
                fmt::format("the server over {} does not come up: {}", data_folder.string(), complaint.empty() ? "it ended without a word" : complaint),
                fmt::format("Its log is {}.", log.string()));
}

// The last line of postmaster.pid says how far the server is, as pg_ctl reads it.
bool is_ready(const fs::path& data_folder, pid_t process) {
    if (!is_there(data_folder / kProcessFile)) return false;
    const std::vector<std::string> lines = split(read_text_file(data_folder / kProcessFile, 64 << 10), '\n');
    return lines.size() >= 8 && lines[0] == std::to_string(process) && trim(lines[7]) == "ready";
}

// A server that shall not be there any more; its children go with it.
void end_server(pid_t process) {
    ::kill(process, SIGQUIT);
    if (wait_until_ended(process, kStopPatienceMs)) return;
    ::kill(process, SIGKILL);
    if (wait_until_ended(process, kKillPatienceMs)) return;
    throw Error(ErrorCode::Busy, fmt::format("the recovery instance (process {}) does not end", process), "Look at the process: it may wait for a disk.");
}

// From now on it is a standby, of nobody.
void make_standby(const fs::path& data_folder) {
    std::error_code ignored;
    fs::remove(data_folder / "recovery.signal", ignored);
    write_file_durably(data_folder / "standby.signal", {});
    if (const auto user = server_user()) give(data_folder / "standby.signal", *user);
}

void run_server(const fs::path& data_folder, const InstancePlaces& places, bool steps, const CancelToken& cancel) {
    const int major = major_of_cluster(data_folder);
    std::vector<std::string> argv{require_postgres_program(major, "postgres").string(), "-D", data_folder.string()};
    for (std::string& word : instance_settings(places, major)) argv.push_back(std::move(word));
    if (steps) {
        for (std::string& word : stepping_settings(read_control_file(data_folder), major)) argv.push_back(std::move(word));
    }
    wait_until_left(data_folder, cancel);
    cut_ties(data_folder, places);
    if (steps) make_standby(data_folder);
    const fs::path log = places.folder / "log";
    const std::uint64_t from = is_there(log) ? fs::file_size(log) : 0;
    const pid_t process = start_detached({.argv = std::move(argv), .as = server_user(), .log = log});
    fault_point("postgres.instance.started");
    try {
        for (std::int64_t waited = 0; !is_ready(data_folder, process); waited += kLookEveryMs) {
            if (!is_running(process)) fail_start(data_folder, log, from);
            throw_if_cancelled(cancel);
            if (steps && waited > kStepsPatienceMs) {   // It waits for log that would tell it which transactions were open.
                throw Error(ErrorCode::Unavailable, fmt::format("the server over {} takes no statements while it replays", data_folder.string()), "Restore to a place of its own instead, and look there.");
            }
            ::poll(nullptr, 0, kLookEveryMs);
        }
    } catch (const Error&) {
        if (is_running(process)) end_server(process);
        throw;
    }
}

// Any role may ask who is a superuser; which roles there are is known only inside.
std::string superuser_of(const InstancePlaces& places, const std::string& live_user, const CancelToken& cancel) {
    std::optional<PostgresError> why;
    for (const std::string& role : {std::string("postgres"), live_user}) {
        if (role.empty()) continue;
        try {
            PostgresConnection connection = connect_to_instance({places.socket_folder, role, {}}, "template1", cancel);
            const PostgresResult found = connection.execute("SELECT rolname FROM pg_catalog.pg_roles WHERE rolsuper AND rolcanlogin ORDER BY oid LIMIT 1");
            if (found.rows() == 1) return std::string(found.text(0, 0));
            throw Error(ErrorCode::Unavailable, "the cluster has no superuser who may log in");
        } catch (const PostgresError& error) {
            why.emplace(error);
        }
    }
    throw PostgresError(*why);
}

InstanceAddress address_of(const InstancePlaces& places, const InstanceRecord& record, const CancelToken& cancel) {
    return {.socket_folder = places.socket_folder, .user = superuser_of(places, record.live_user, cancel), .live_database = record.live_database};
}

}  // namespace

std::optional<pid_t> server_in(const fs::path& data_folder) {
    if (!is_there(data_folder / kProcessFile)) return std::nullopt;
    const std::string text = read_text_file(data_folder / kProcessFile, 64 << 10);
    pid_t process = 0;
    std::from_chars(text.data(), text.data() + text.size(), process);
    if (process <= 0 || process == ::getpid() || !is_running(process)) return std::nullopt;
    std::error_code unknown;
    const fs::path works_in = fs::read_symlink(fmt::format("/proc/{}/cwd", process), unknown);
    const bool other = !unknown && works_in != fs::weakly_canonical(data_folder, unknown);   // Its number was given to another program.
    return other ? std::nullopt : std::optional(process);
}

InstanceAddress start_instance(const InstanceOrder& order, const WorkContext& work) {
    const InstancePlaces places = places_of_instance(order.data_folder);
    const auto user = server_user();
    require_postgres_program(major_of_cluster(order.data_folder), "postgres");   // Before anything is changed.
    make_reachable(fs::weakly_canonical(fs::absolute(order.data_folder)), order.room, user);
    make_private_folders(places.folder);
    const InstanceRecord record{.lineage = lineage_in(order.data_folder), .live_database = order.live_database, .live_user = order.live_user};
    if (record.lineage.empty()) throw Error(ErrorCode::NotPermitted, order.data_folder.string() + " was not restored by Holdfast", "No server of ours is started over it.");
    write_record(places.folder, record);
    write_instance_files(places);
    give_all(places.folder, user);
    give_all(order.data_folder, user);
    make_socket_folder(places.socket_folder, user);
    work.progress.begin("replaying the log of " + order.data_folder.filename().string(), 0);
    run_server(order.data_folder, places, order.steps, work.cancel);
    work.progress.end();
    try {
        return address_of(places, record, work.cancel);
    } catch (Error& error) {
        stop_instance(order.data_folder);
        // It runs and cannot even be logged in to: files that it needs are gone.
        if (error.code == ErrorCode::Missing || error.code == ErrorCode::Io) error.code = ErrorCode::Corrupt;
        throw;
    }
}

std::optional<InstanceAddress> instance_of(const fs::path& data_folder, const CancelToken& cancel) {
    const InstancePlaces places = places_of_instance(data_folder);
    const auto record = read_record(places.folder);
    if (!record || !is_ours(data_folder, *record)) return std::nullopt;
    if (!server_in(data_folder)) {
        make_socket_folder(places.socket_folder, server_user());
        run_server(data_folder, places, false, cancel);
    }
    return address_of(places, *record, cancel);
}

std::string connection_text(const InstanceAddress& address) {
    return fmt::format("host={} port=5432 user={}", quoted_word(address.socket_folder.string()), quoted_word(address.user));
}

PostgresConnection connect_to_instance(const InstanceAddress& address, const std::string& database, const CancelToken& cancel) {
    const std::string words = fmt::format("{} dbname={} sslmode=disable hostaddr='' options='' target_session_attrs=any", connection_text(address), quoted_word(database));
    return PostgresConnection::open({Secret(std::string_view(words)), "the recovery instance in " + address.socket_folder.string()}, {.database = database}, cancel);
}

void stop_instance(const fs::path& data_folder) {
    const auto record = read_record(places_of_instance(data_folder).folder);
    if (!record) return;
    const auto process = server_in(data_folder);
    if (process && is_ours(data_folder, *record)) end_server(*process);
    for (const pid_t starting : servers_told_of(data_folder)) end_server(starting);
    fault_point("postgres.instance.stopped");
}

void forget_instance(const fs::path& data_folder) {
    const InstancePlaces places = places_of_instance(data_folder);
    if (read_record(places.folder) && places.socket_folder != places.folder) fs::remove_all(places.socket_folder);
    fs::remove_all(places.folder);
}

}  // namespace holdfast
