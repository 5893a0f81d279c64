#include "providers/databases/postgres/instance_settings.hpp"

#include "engine/base/format.hpp"
#include "engine/crypto/hash.hpp"

namespace holdfast {
namespace {

// sun_path has 108 bytes; the server puts "/.s.PGSQL.5432.lock" behind the folder.
constexpr std::size_t kSocketFolderMost = 85;

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
    std::vector<std::string> words;
    for (std::string& setting : settings) {
        words.emplace_back("-c");
        words.push_back(std::move(setting));
    }
    return words;
}

void write_instance_files(const InstancePlaces& places) {
    write_file_durably(places.folder / "postgresql.conf", as_bytes("# Everything that this server needs stands on its command line.\n"));
    write_file_durably(places.folder / "pg_hba.conf", as_bytes("# Who gets to the socket in this private folder may come in.\nlocal all all trust\nlocal replication all trust\n"));
    write_file_durably(places.folder / "pg_ident.conf", {});
}

}  // namespace holdfast
