#include "providers/databases/postgres/recovery_instance.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/cluster_layout.hpp"
#include "providers/databases/postgres/instance_settings.hpp"
#include "providers/databases/postgres/own_server.hpp"
#include "providers/databases/postgres/recovery_settings.hpp"
#include "providers/databases/postgres/server_programs.hpp"

namespace holdfast {
namespace {

constexpr const char* kRecordFile = "instance";
constexpr std::string_view kRecordMagic = "HFINSTA2";
constexpr const char* kPrivatePort = "5432";
constexpr int kLookEveryMs = 10;

struct InstanceRecord {
    std::string lineage, live_database, live_user;
    InstanceShape shape;
};

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

std::string lineage_in(const fs::path& data_folder) {
    return is_there(data_folder / kLineageFile) ? read_text_file(data_folder / kLineageFile, 4096) : std::string();
}

void write_record(const fs::path& folder, const InstanceRecord& record) {
    ByteWriter writer;
    writer.raw(as_bytes(kRecordMagic));
    for (const std::string& text : {record.lineage, record.live_database, record.live_user}) writer.text(text);
    writer.u8(static_cast<std::uint8_t>(record.shape.use));
    writer.u16(record.shape.port);
    write_file_durably(folder / kRecordFile, writer.bytes());
}

std::optional<InstanceRecord> read_record(const fs::path& folder) {
    if (!is_there(folder / kRecordFile)) return std::nullopt;
    const Bytes bytes = read_file(folder / kRecordFile, 64 << 10);
    ByteReader reader(bytes, "the record of a recovery instance");
    if (as_text(reader.raw(kRecordMagic.size())) != kRecordMagic) throw Error(ErrorCode::Corrupt, fmt::format("{} is no record of a recovery instance", (folder / kRecordFile).string()));
    InstanceRecord record;
    for (std::string* text : {&record.lineage, &record.live_database, &record.live_user}) *text = reader.text();
    const std::uint8_t use = reader.u8();
    if (use > static_cast<std::uint8_t>(InstanceUse::Own)) throw Error(ErrorCode::Corrupt, fmt::format("{} is no record of a recovery instance", (folder / kRecordFile).string()));
    record.shape = {static_cast<InstanceUse>(use), reader.u16()};
    reader.expect_done();
    return record;
}

// Only a server in the very cluster that the record was written for is ours to stop.
bool is_ours(const fs::path& data_folder, const InstanceRecord& record) { return !record.lineage.empty() && lineage_in(data_folder) == record.lineage; }

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
        if (user) give_to(folder, *user);
        return;
    }
    struct stat status {};
    if (errno != EEXIST || ::lstat(folder.c_str(), &status) != 0) throw_errno(errno, "make " + folder.string());
    const uid_t owner = user ? user->user : ::geteuid();
    if (S_ISDIR(status.st_mode) && (status.st_uid == owner || status.st_uid == ::geteuid()) && (status.st_mode & 077) == 0) {
        if (user) give_to(folder, *user);
        return;
    }
    throw Error(ErrorCode::NotPermitted, folder.string() + " is there already and somebody else may enter it", "Look what it is, and remove it.");
}

// A server that was started a moment ago and has not written its process file yet; whoever started it may be dead by now. One with settings of its
// own does not carry our mark.
std::vector<pid_t> servers_told_of(const fs::path& data_folder, bool is_own) {
    const std::string folder = std::string("-D") + '\0' + data_folder.string() + '\0';
    const std::string mark = std::string("cluster_name=holdfast-copy") + '\0';
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        pid_t process = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), process).ec != std::errc() || process <= 0) continue;
        try {
            const std::string line = read_text_file(entry.path() / "cmdline", 64 << 10);
            if (line.find(folder) != std::string::npos && (is_own || line.find(mark) != std::string::npos)) found.push_back(process);
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
    for (const auto& entry : fs::directory_iterator(places.socket_folder)) {
        if (entry.path().filename().string().starts_with(".s.PGSQL.")) fs::remove(entry.path(), ignored);
    }
    const fs::path slots = data_folder / "pg_replslot";
    if (!fs::is_directory(slots)) return;
    for (const auto& entry : fs::directory_iterator(slots)) fs::remove_all(entry.path());
}

// From now on it is a standby, of nobody.
void make_standby(const fs::path& data_folder) {
    std::error_code ignored;
    fs::remove(data_folder / "recovery.signal", ignored);
    write_file_durably(data_folder / "standby.signal", {});
    if (const auto user = server_user()) give_to(data_folder / "standby.signal", *user);
}

// Where replay shall wait the server answers already while it replays. A parameter of the log that is too large for us stops it as well.
void await_pause(const fs::path& data_folder, const InstancePlaces& places, const InstanceRecord& record, pid_t process, std::uint64_t log_began, const CancelToken& cancel);

void run_server(const fs::path& data_folder, const InstancePlaces& places, const InstanceRecord& record, const CancelToken& cancel) {
    if (record.shape.use == InstanceUse::Own) {
        start_own_server(own_server_of(data_folder), cancel);
        return;
    }
    const int major = major_of_cluster(data_folder);
    std::vector<std::string> argv{require_postgres_program(major, "postgres").string(), "-D", data_folder.string()};
    for (std::string& word : instance_settings(places, major, record.shape, data_folder)) argv.push_back(std::move(word));
    wait_until_left(data_folder, cancel);
    cut_ties(data_folder, places);
    if (record.shape.use == InstanceUse::Steps) make_standby(data_folder);
    const ServerStart start{.data_folder = data_folder, .argv = std::move(argv), .as = server_user(), .log = places.folder / "log", .standby_is_enough = record.shape.use == InstanceUse::Paused};
    const std::uint64_t from = log_bytes(start.log);
    const pid_t process = launch_server(start);
    fault_point("postgres.instance.started");
    await_server(start, process, from, cancel);
    if (record.shape.use == InstanceUse::Paused) await_pause(data_folder, places, record, process, from, cancel);
}

std::string port_of(const InstanceRecord& record) { return record.shape.use == InstanceUse::Paused || record.shape.use == InstanceUse::Own ? std::to_string(record.shape.port) : kPrivatePort; }

// Any role may ask who is a superuser; which roles there are is known only inside.
std::string superuser_of(const InstancePlaces& places, const std::string& port, const std::string& live_user, const CancelToken& cancel) {
    std::optional<PostgresError> why;
    for (const std::string& role : {std::string("postgres"), live_user}) {
        if (role.empty()) continue;
        try {
            PostgresConnection connection = connect_to_instance({places.socket_folder, role, {}, port}, "template1", cancel);
            const PostgresResult found = connection.execute("SELECT rolname FROM pg_catalog.pg_roles WHERE rolsuper AND rolcanlogin ORDER BY oid LIMIT 1");
            if (found.rows() == 1) return std::string(found.text(0, 0));
            throw Error(ErrorCode::Unavailable, "the cluster has no superuser who may log in");
        } catch (const PostgresError& error) {
            why.emplace(error);
        }
    }
    throw PostgresError(*why);
}

// With settings of its own it asks the system who comes: we come as its owner.
InstanceAddress own_address(const fs::path& data_folder, const InstanceRecord& record) {
    const auto state = state_of_server(data_folder);
    const SystemUser owner = owner_of(data_folder);
    return {.socket_folder = state && !state->socket_folder.empty() ? fs::path(state->socket_folder) : fs::path("/tmp"), .user = owner.name, .live_database = record.live_database,
            .port = state ? state->port : port_of(record), .as = owner};
}

InstanceAddress address_of(const fs::path& data_folder, const InstancePlaces& places, const InstanceRecord& record, const CancelToken& cancel) {
    if (record.shape.use == InstanceUse::Own) return own_address(data_folder, record);
    return {.socket_folder = places.socket_folder, .user = superuser_of(places, port_of(record), record.live_user, cancel), .live_database = record.live_database, .port = port_of(record)};
}

void await_pause(const fs::path& data_folder, const InstancePlaces& places, const InstanceRecord& record, pid_t process, std::uint64_t log_began, const CancelToken& cancel) {
    const fs::path log = places.folder / "log";
    try {
        PostgresConnection connection = connect_to_instance(address_of(data_folder, places, record, cancel), "template1", cancel);
        while (!connection.execute("SELECT pg_catalog.pg_is_in_recovery() AND pg_catalog.pg_is_wal_replay_paused()").truth(0, 0)) {
            throw_if_cancelled(cancel);
            ::poll(nullptr, 0, kLookEveryMs);
        }
        if (read_text_file(log, 64 << 20).find("insufficient parameter settings", log_began) == std::string::npos) return;
        throw Error(ErrorCode::Unavailable, fmt::format("the server over {} stopped in the middle of its log, which was written with larger settings", data_folder.string()), fmt::format("Its log is {}.", log.string()));
    } catch (const Error& error) {
        const bool ended = !is_running(process);
        if (!ended) end_server(process);
        if (!ended || error.code == ErrorCode::Cancelled) throw;
        throw Error(ErrorCode::Corrupt, fmt::format("the server over {} ended before it was where it should be: {}", data_folder.string(), last_complaint(log, log_began)), fmt::format("Its log is {}.", log.string()));
    }
}

// What replay needs to end at all: a backup without a log after it ends where it is whole. Either way what follows is a timeline of its own.
std::string replay_settings(const fs::path& data_folder, InstanceUse use) {
    if (use == InstanceUse::Steps) return {};   // It is told how far by what it is given.
    if (is_there(data_folder / "recovery.signal") || !is_there(data_folder / kLabelFile)) return {};
    // A backup of a copy has what had steered that copy.
    const fs::path settings = data_folder / "postgresql.auto.conf";
    if (is_there(settings)) write_file_durably(settings, as_bytes(without_recovery_settings(read_text_file(settings, 1 << 20))));
    write_file_durably(data_folder / "recovery.signal", {});
    return "recovery_target = 'immediate'\nrecovery_target_timeline = 'current'\n";
}

}  // namespace

InstanceAddress start_instance(const InstanceOrder& order, const WorkContext& work) {
    const InstancePlaces places = places_of_instance(order.data_folder);
    const auto user = server_user();
    require_postgres_program(major_of_cluster(order.data_folder), "postgres");   // Before anything is changed.
    make_reachable(fs::weakly_canonical(fs::absolute(order.data_folder)), order.room, user);
    make_private_folders(places.folder);
    const InstanceRecord record{.lineage = lineage_in(order.data_folder), .live_database = order.live_database, .live_user = order.live_user, .shape = order.shape};
    if (record.lineage.empty()) throw Error(ErrorCode::NotPermitted, order.data_folder.string() + " was not restored by Holdfast", "No server of ours is started over it.");
    write_record(places.folder, record);
    write_instance_files(places, record.shape, order.data_folder, replay_settings(order.data_folder, order.shape.use));
    if (user) give_all_to(places.folder, *user);
    if (user) give_all_to(order.data_folder, *user);
    make_socket_folder(places.socket_folder, user);
    work.progress.begin("replaying the log of " + order.data_folder.filename().string(), 0);
    run_server(order.data_folder, places, record, work.cancel);
    work.progress.end();
    try {
        return address_of(order.data_folder, places, record, work.cancel);
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
        run_server(data_folder, places, *record, cancel);
    }
    return address_of(data_folder, places, *record, cancel);
}

std::string connection_text(const InstanceAddress& address) {
    return fmt::format("host={} port={} user={}", quoted_word(address.socket_folder.string()), address.port, quoted_word(address.user));
}

PostgresConnection connect_to_instance(const InstanceAddress& address, const std::string& database, const CancelToken& cancel) {
    const std::string words = fmt::format("{} dbname={} sslmode=disable hostaddr='' options='' target_session_attrs=any", connection_text(address), quoted_word(database));
    return PostgresConnection::open({Secret(std::string_view(words)), "the server over the copy, in " + address.socket_folder.string(), address.as}, {.database = database}, cancel);
}

void settle_instance(const fs::path& data_folder, std::uint16_t port, const WorkContext& work) {
    const InstancePlaces places = places_of_instance(data_folder);
    auto record = read_record(places.folder);
    if (!record || !is_ours(data_folder, *record)) throw Error(ErrorCode::NotPermitted, fmt::format("no server of ours runs over {}", data_folder.string()));
    close_instance(data_folder, work.cancel);
    make_own_settings(data_folder, port);
    record->shape = {InstanceUse::Own, port};
    write_record(places.folder, *record);
    start_own_server(own_server_of(data_folder), work.cancel);
}

void close_instance(const fs::path& data_folder, const CancelToken& cancel) {
    const auto record = read_record(places_of_instance(data_folder).folder);
    const auto process = server_in(data_folder);
    if (process && record && is_ours(data_folder, *record)) stop_server(data_folder, *process, cancel);
}

void stop_instance(const fs::path& data_folder) {
    const auto record = read_record(places_of_instance(data_folder).folder);
    if (!record) return;
    const auto process = server_in(data_folder);
    if (process && is_ours(data_folder, *record)) end_server(*process);
    for (const pid_t starting : servers_told_of(data_folder, record->shape.use == InstanceUse::Own)) end_server(starting);
    fault_point("postgres.instance.stopped");
}

void forget_instance(const fs::path& data_folder) {
    const InstancePlaces places = places_of_instance(data_folder);
    const auto record = read_record(places.folder);
    if (record && places.socket_folder != places.folder) fs::remove_all(places.socket_folder);
    if (record && record->shape.use == InstanceUse::Own) fs::remove(data_folder.string() + ".log");
    fs::remove_all(places.folder);
}

}  // namespace holdfast
