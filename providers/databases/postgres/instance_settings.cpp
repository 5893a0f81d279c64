#include "providers/databases/postgres/instance_settings.hpp"

#include <charconv>
#include <iterator>

#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"
#include "providers/databases/postgres/server_programs.hpp"

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
std::string as_large_as_the_writer(const char* setting, std::string_view in_control_file, const std::string& control, std::int64_t least) {
    std::int64_t value = least;
    if (const auto at = control.find(in_control_file); at != std::string::npos) {
        const auto begin = control.find_first_of("0123456789", at + in_control_file.size());
        std::int64_t written = 0;
        if (begin != std::string::npos) std::from_chars(control.data() + begin, control.data() + control.size(), written);
        value = std::max(value, written);
    }
    return fmt::format("{}={}", setting, value);
}

Settings paused(std::uint16_t port, int major, const fs::path& data_folder) {
    ProcessOptions plain;
    plain.add_environment["LC_ALL"] = "C";
    const std::string control = run_process({require_postgres_program(major, "pg_controldata").string(), data_folder.string()}, plain).output;
    return {"listen_addresses=localhost", fmt::format("port={}", port), "hot_standby=on", "recovery_target_action=pause", "default_transaction_read_only=off",
            as_large_as_the_writer("max_connections", "max_connections setting:", control, 100),
            as_large_as_the_writer("max_worker_processes", "max_worker_processes setting:", control, 8),
            as_large_as_the_writer("max_wal_senders", "max_wal_senders setting:", control, 10),
            as_large_as_the_writer("max_prepared_transactions", "max_prepared_xacts setting:", control, 500),
            as_large_as_the_writer("max_locks_per_transaction", "max_locks_per_xact setting:", control, 256)};
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
    add(settings, shape.use == InstanceUse::Paused ? paused(shape.port, major, data_folder) : replayed_at_once(shape.use));
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
