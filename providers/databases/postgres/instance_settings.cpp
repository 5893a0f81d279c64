#include "providers/databases/postgres/instance_settings.hpp"

#include <algorithm>
#include <iterator>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"
#include "providers/databases/postgres/control_file.hpp"

namespace holdfast {
namespace {

// sun_path has 108 bytes; the server puts "/.s.PGSQL.5432.lock" behind the folder.
constexpr std::size_t kSocketFolderMost = 85;

using Settings = std::vector<std::string>;

void add(Settings& settings, Settings more) { settings.insert(settings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end())); }

// Nobody but us gets in.
Settings replayed_at_once(InstanceUse use) {
    return {"listen_addresses=", "port=5432", "hot_standby=off", "recovery_target_action=promote", "max_connections=20",
            use == InstanceUse::Writable ? "default_transaction_read_only=off" : "default_transaction_read_only=on"};
}

// A server that answers while it replays must be as large as the one that wrote the log (the manual's "Hot Standby").
Settings as_large_as_the_writer(const fs::path& data_folder) {
    const ControlFile control = read_control_file(data_folder);
    return {fmt::format("max_connections={}", std::max(control.connections, 100)), fmt::format("max_worker_processes={}", std::max(control.worker_processes, 8)),
            fmt::format("max_wal_senders={}", std::max(control.wal_senders, 10)), fmt::format("max_prepared_transactions={}", std::max(control.prepared_transactions, 500)),
            fmt::format("max_locks_per_transaction={}", std::max(control.locks_per_transaction, 256))};
}

Settings paused(std::uint16_t port) {
    return {"listen_addresses=localhost", fmt::format("port={}", port), "hot_standby=on", "recovery_target_action=pause", "default_transaction_read_only=off"};
}

// It replays what comes into its log folder, and looks there all the time.
Settings in_steps(int major) {
    Settings settings{
        "listen_addresses=", "port=5432", "hot_standby=on", "restore_command=", "wal_retrieve_retry_interval=1ms", "max_standby_archive_delay=-1", "max_standby_streaming_delay=-1",
        "recovery_min_apply_delay=0", "recovery_target=", "recovery_target_lsn=", "recovery_target_name=", "recovery_target_time=", "recovery_target_xid=", "recovery_target_timeline=latest",
        // What has been replayed may go; what is still to come is never one of its old files.
        "wal_recycle=off"};
    if (major < 16) settings.emplace_back("promote_trigger_file=");
    return settings;
}

Settings for_use(const InstanceShape& shape, int major, const fs::path& data_folder) {
    if (shape.use != InstanceUse::Paused && shape.use != InstanceUse::Steps) return replayed_at_once(shape.use);
    Settings settings = shape.use == InstanceUse::Paused ? paused(shape.port) : in_steps(major);
    add(settings, as_large_as_the_writer(data_folder));
    return settings;
}

}  // namespace

InstancePlaces places_of_instance(const fs::path& data_folder) {
    const fs::path folder = fs::weakly_canonical(fs::absolute(data_folder)).string() + ".instance";
    if (folder.string().size() <= kSocketFolderMost) return {.folder = folder, .socket_folder = folder};
    const std::string name = to_hex(sha256(as_bytes(folder.string()))).substr(0, 24);
    return {.folder = folder, .socket_folder = fs::path("/tmp") / ("holdfast-" + name)};
}

std::vector<std::string> instance_settings(const InstancePlaces& places, int major, const InstanceShape& shape, const fs::path& data_folder) {
    const std::string folder = places.folder.string();
    std::vector<std::string> settings{
        "unix_socket_directories=" + places.socket_folder.string(), "unix_socket_permissions=0700",
        "config_file=" + folder + "/postgresql.conf", "hba_file=" + folder + "/pg_hba.conf", "ident_file=" + folder + "/pg_ident.conf",
        "max_wal_senders=4", "ssl=off",
        // Nothing gets out: no archive, no primary, no subscription, no program of the cluster's settings, no library of its own.
        "archive_mode=off", "archive_command=", "archive_cleanup_command=", "recovery_end_command=", "primary_conninfo=", "primary_slot_name=",
        "max_logical_replication_workers=0", "synchronous_standby_names=", "shared_preload_libraries=",
        "session_preload_libraries=", "local_preload_libraries=", "restore_command=false",
        // Replay goes to the target and ends there: the copy takes statements, and goes on as nobody's database.
        "max_prepared_transactions=500", "max_locks_per_transaction=256",
        // It stays as it is.
        "autovacuum=off", "restart_after_crash=off",
        // What it says can be read.
        "logging_collector=off", "log_destination=stderr", "log_min_messages=warning", "log_statement=none", "log_min_duration_statement=-1", "log_connections=off",
        "log_line_prefix=%m ", "log_timezone=UTC", "lc_messages=C", "cluster_name=holdfast-copy",
        "shared_buffers=64MB", "max_wal_size=1GB", "checkpoint_timeout=30min"};
    add(settings, for_use(shape, major, data_folder));
    if (major >= 14) settings.emplace_back("recovery_init_sync_method=syncfs");   // Not file by file: the restore has synced them all.
    if (major >= 15) settings.emplace_back("archive_library=");
    if (major >= 17) settings.insert(settings.end(), {"event_triggers=off", "summarize_wal=off"});
    std::vector<std::string> words;
    for (std::string& setting : settings) {
        words.emplace_back("-c");
        words.push_back(std::move(setting));
    }
    return words;
}

void write_instance_files(const InstancePlaces& places, const InstanceShape& shape, const fs::path& data_folder, const std::string& replay) {
    write_file_durably(places.folder / "postgresql.conf", as_bytes("# Everything else that this server needs stands on its command line.\n" + replay));
    std::string access = "# Who gets to the socket in this private folder may come in.\nlocal all all trust\nlocal replication all trust\n";
    if (shape.use == InstanceUse::Paused && fs::exists(data_folder / "pg_hba.conf")) {
        for (const std::string& line : split(read_text_file(data_folder / "pg_hba.conf", 1 << 20), '\n')) {
            if (line.starts_with("host")) access += line + "\n";
        }
    }
    write_file_durably(places.folder / "pg_hba.conf", as_bytes(access));
    write_file_durably(places.folder / "pg_ident.conf", {});
}

}  // namespace holdfast
