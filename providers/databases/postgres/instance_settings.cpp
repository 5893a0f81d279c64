#include "providers/databases/postgres/instance_settings.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/crypto/hash.hpp"

namespace holdfast {
namespace {

// sun_path has 108 bytes; the server puts "/.s.PGSQL.5432.lock" behind the folder.
constexpr std::size_t kSocketFolderMost = 85;

std::vector<std::string> as_words(std::vector<std::string> settings) {
    std::vector<std::string> words;
    for (std::string& setting : settings) {
        words.emplace_back("-c");
        words.push_back(std::move(setting));
    }
    return words;
}

}  // namespace

InstancePlaces places_of_instance(const fs::path& data_folder) {
    const fs::path folder = fs::weakly_canonical(fs::absolute(data_folder)).string() + ".instance";
    if (folder.string().size() <= kSocketFolderMost) return {.folder = folder, .socket_folder = folder};
    const std::string name = to_hex(sha256(as_bytes(folder.string()))).substr(0, 24);
    return {.folder = folder, .socket_folder = fs::path("/tmp") / ("holdfast-" + name)};
}

std::vector<std::string> instance_settings(const InstancePlaces& places, int major) {
    const std::string folder = places.folder.string();
    std::vector<std::string> settings{
        // Nobody but us gets in.
        "listen_addresses=", "port=5432", "unix_socket_directories=" + places.socket_folder.string(), "unix_socket_permissions=0700",
        "config_file=" + folder + "/postgresql.conf", "hba_file=" + folder + "/pg_hba.conf", "ident_file=" + folder + "/pg_ident.conf",
        "max_connections=20", "max_wal_senders=4", "ssl=off",
        // Nothing gets out: no archive, no primary, no subscription, no program of the cluster's settings, no library of its own.
        "archive_mode=off", "archive_command=", "archive_cleanup_command=", "recovery_end_command=", "primary_conninfo=", "primary_slot_name=",
        "max_logical_replication_workers=0", "synchronous_standby_names=", "shared_preload_libraries=",
        "session_preload_libraries=", "local_preload_libraries=", "restore_command=false",
        // Replay goes to the target and ends there: the copy takes statements, and goes on as nobody's database.
        "hot_standby=off", "recovery_target_action=promote", "max_prepared_transactions=500", "max_locks_per_transaction=256",
        // It stays as it is.
        "autovacuum=off", "default_transaction_read_only=on", "restart_after_crash=off",
        // What it says can be read.
        "logging_collector=off", "log_destination=stderr", "log_min_messages=warning", "log_statement=none", "log_min_duration_statement=-1", "log_connections=off",
        "log_line_prefix=%m ", "log_timezone=UTC", "lc_messages=C", "cluster_name=holdfast-copy",
        "shared_buffers=64MB", "max_wal_size=1GB", "checkpoint_timeout=30min"};
    if (major >= 14) settings.emplace_back("recovery_init_sync_method=syncfs");   // Not file by file: the restore has synced them all.
    if (major >= 15) settings.emplace_back("archive_library=");
    if (major >= 17) settings.insert(settings.end(), {"event_triggers=off", "summarize_wal=off"});
    return as_words(std::move(settings));
}

std::vector<std::string> stepping_settings(const ControlFile& control, int major) {
    std::vector<std::string> settings{
        "hot_standby=on", "restore_command=", "wal_retrieve_retry_interval=1ms", "max_standby_archive_delay=-1", "max_standby_streaming_delay=-1", "recovery_min_apply_delay=0",
        "recovery_target=", "recovery_target_lsn=", "recovery_target_name=", "recovery_target_time=", "recovery_target_xid=", "recovery_target_timeline=latest",
        // What has been replayed may go; what is still to come is never one of its old files.
        "wal_recycle=off",
        fmt::format("max_connections={}", std::max(control.connections, 20)), fmt::format("max_worker_processes={}", std::max(control.worker_processes, 8)),
        fmt::format("max_wal_senders={}", std::max(control.wal_senders, 4)), fmt::format("max_prepared_transactions={}", std::max(control.prepared_transactions, 500)),
        fmt::format("max_locks_per_transaction={}", std::max(control.locks_per_transaction, 256))};
    if (major < 16) settings.emplace_back("promote_trigger_file=");
    return as_words(std::move(settings));
}

void write_instance_files(const InstancePlaces& places) {
    write_file_durably(places.folder / "postgresql.conf", as_bytes("# Everything that this server needs stands on its command line.\n"));
    write_file_durably(places.folder / "pg_hba.conf", as_bytes("# Who gets to the socket in this private folder may come in.\nlocal all all trust\nlocal replication all trust\n"));
    write_file_durably(places.folder / "pg_ident.conf", {});
}

}  // namespace holdfast
