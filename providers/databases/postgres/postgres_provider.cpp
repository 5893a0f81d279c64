#include "providers/databases/postgres/postgres_provider.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/cluster_checks.hpp"
#include "providers/databases/postgres/cluster_swap.hpp"
#include "providers/databases/postgres/file_backup.hpp"
#include "providers/databases/postgres/known_timelines.hpp"
#include "providers/databases/postgres/live_checks.hpp"
#include "providers/databases/postgres/logical_backup.hpp"
#include "providers/databases/postgres/own_server.hpp"
#include "providers/databases/postgres/raw_cluster.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"
#include "providers/databases/postgres/recovery_settings.hpp"
#include "providers/databases/postgres/relation_catalog.hpp"
#include "providers/databases/postgres/start_advice.hpp"
#include "providers/databases/postgres/restored_cluster.hpp"
#include "providers/databases/postgres/row_database.hpp"
#include "providers/databases/postgres/row_reader.hpp"
#include "providers/databases/postgres/row_writer.hpp"
#include "providers/databases/postgres/server_facts.hpp"
#include "providers/databases/postgres/sql_reader.hpp"
#include "providers/databases/postgres/standby_server.hpp"
#include "providers/databases/postgres/stepping_server.hpp"
#include "providers/databases/postgres/stream_backup.hpp"
#include "providers/databases/postgres/table_script.hpp"
#include "providers/databases/postgres/transaction_changes.hpp"
#include "providers/databases/postgres/wal_parsing.hpp"
#include "providers/databases/postgres/wal_receiver.hpp"

namespace holdfast {
namespace {

// All databases together; nothing where the role may not ask. It is for progress and for people alone.
std::uint64_t cluster_bytes(const ConnectionWords& words) {
    try {
        PostgresConnection sql = PostgresConnection::open(words, {}, {});
        const PostgresResult sum = sql.execute("SELECT coalesce(sum(pg_catalog.pg_database_size(oid)), 0)::bigint FROM pg_catalog.pg_database");
        sum.expect(1, 1);
        return static_cast<std::uint64_t>(sum.integer(0, 0));
    } catch (const PostgresError&) {
        return 0;
    }
}

constexpr int kPageLooks = 3;   // A page that is being written while it is read may seem damaged.

// With an instance over it a copy is asked; without one its files are read.
IntegrityReport look_at_copy(const Place& place, const WorkContext& work) {
    if (is_dump_folder(place.location)) return check_dumps(place.location, work);
    const auto instance = instance_of(place.location, work.cancel);
    if (!instance) return check_restored_cluster(place.location, work);
    IntegrityReport report;
    for (int look = 0; look < kPageLooks && (look == 0 || !report.sound()); ++look) {
        connect_to_instance(*instance, "template1", work.cancel).execute("CHECKPOINT");
        report = check_restored_cluster(place.location, work);
    }
    check_with_server(*instance, report, work);
    return report;
}

NamedInWords named_in_live(const Place& live, const CancelToken& cancel) {
    if (live.location.empty()) return {};   // From a store alone nobody has said where it lived.
    const ConnectionWords words = connection_words(live.location);
    return {.database = name_of_row_database(words, cancel), .user = named_in(words).user};
}

InstanceOrder order_of(const CopyOpening& opening, const InstanceShape& shape, const CancelToken& cancel) {
    const NamedInWords live = named_in_live(opening.live, cancel);
    return {.data_folder = opening.copy.location, .room = opening.room, .live_database = live.database, .live_user = live.user, .shape = shape};
}

InstanceAddress instance_over(const Place& copy) {
    if (auto instance = instance_of(copy.location, {})) return *instance;
    throw Error(ErrorCode::Unavailable, fmt::format("no server of ours runs over {}", copy.location), "Only copies that a runbook restores are asked; start a server over it yourself.");
}

ConnectionWords words_of(const Place& place) {
    if (!place.is_copy) return connection_words(place.location);
    const InstanceAddress instance = instance_over(place);
    const std::string words = connection_text(instance);
    return {Secret(std::string_view(words)), "the server over " + place.location, instance.as};
}

InstanceShape shape_for(const CopyOpening& opening) {
    if (opening.port && !opening.promote) return {InstanceUse::Paused, *opening.port};
    return {opening.writable ? InstanceUse::Writable : InstanceUse::Private, 0};
}

// How far the log was replayed, for people.
std::string reached(const InstanceAddress& address, const CancelToken& cancel) {
    PostgresConnection connection = connect_to_instance(address, "template1", cancel);
    const PostgresResult at = connection.execute(
        "SELECT pg_catalog.pg_last_wal_replay_lsn()::text, to_char(pg_catalog.pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')");
    at.expect(1, 2);
    if (at.is_null(0, 0)) return "it has what the backup has";
    return fmt::format("its log is replayed to {}{}", at.text(0, 0), at.is_null(0, 1) ? std::string() : fmt::format(", the last commit in that is of {}", at.text(0, 1)));
}

void require_sound_copy(const Place& copy, const WorkContext& work) {
    const IntegrityReport report = look_at_copy(copy, work);
    if (report.sound()) return;
    const IntegrityProblem& first = report.problems.front();
    throw Error(ErrorCode::Corrupt, fmt::format("{} is not sound: {}: {}: {}", copy.location, counted(report.problem_count, "problem"), first.where, printable(first.what, 200)),
                "Try an earlier recovery point.");
}

std::string make_a_server(const CopyOpening& opening, const InstanceAddress& address, const WorkContext& work) {
    require_sound_copy(opening.copy, work);
    const std::string how_far = reached(address, work.cancel);
    settle_instance(opening.copy.location, *opening.port, work);
    const InstanceAddress own = instance_over(opening.copy);
    return fmt::format("{}; sound; recovery has ended, and a server with settings of its own runs there on port {}: as {}: psql \"{}\" (archiving is off: ALTER SYSTEM RESET archive_mode, and "
                       "restart, where this is the database now)", how_far, *opening.port, own.user, connection_text(own));
}

std::string leave_waiting(const InstanceAddress& address, const Place& copy, const WorkContext& work) {
    const IntegrityReport report = check_restored_cluster(copy.location, work);
    const std::string sound = report.sound() ? "its pages are sound" : fmt::format("NOT sound: {}, the first in {}", counted(report.problem_count, "problem"), report.problems.front().where);
    return fmt::format("{}; {}; a server waits there, read-only, on port {}: psql \"{}\"; to go on from there: psql \"{}\" -c 'SELECT pg_wal_replay_resume()'", reached(address, work.cancel), sound,
                       address.port, connection_text(address), connection_text(address));
}

}  // namespace

ProviderTraits PostgresProvider::traits() const {
    return {.can_incremental = true, .can_log = true, .can_logical = true, .can_compare_rows = true, .asks_copies = true, .is_one_file = false};
}

ProbeResult PostgresProvider::probe(const Place& place) {
    const ConnectionWords words = words_of(place);
    PostgresConnection connection = PostgresConnection::open(words, {.replication = true}, {});
    const ServerFacts facts = ask_server(connection);
    return {.identity = identity_of(facts), .version = "PostgreSQL " + facts.version, .bytes = cluster_bytes(words), .facts = facts_in_words(facts)};
}

BackupFacts PostgresProvider::back_up(const Place& place, ImageSink& sink, const WorkContext& work) {
    const ConnectionWords words = words_of(place);
    std::string why_stream;
    if (auto facts = back_up_by_files(words, sink, work, why_stream)) return std::move(*facts);
    return back_up_by_stream(words, sink, work, why_stream);
}

BackupFacts PostgresProvider::dump(const Place& place, const DumpSelection& selection, ImageSink& sink, const WorkContext& work) {
    return dump_databases(words_of(place), selection, sink, work);
}

fs::path PostgresProvider::target_of(const std::string& location, const std::string& image_file) { return cluster_target(location, image_file); }

std::unique_ptr<TargetGuard> PostgresProvider::guard_target(const std::string& location, bool may_replace) {
    return guard_data_folder(location, may_replace);
}

void PostgresProvider::begin_overwriting(const std::string& location) { begin_overwriting_cluster(location); }

void PostgresProvider::finish_restore(const Place& place, const fs::path& at_last, const WorkContext&) {
    finish_restored_cluster(place.location, at_last);
}

std::vector<std::string> PostgresProvider::what_next(const Place& copy) {
    return is_dump_folder(copy.location) ? how_to_load(copy.location) : how_to_start(copy.location);
}

std::string PostgresProvider::open_copy(const CopyOpening& opening, const WorkContext& work) {
    learn_timelines(opening, work.cancel);
    const InstanceAddress address = start_instance(order_of(opening, shape_for(opening), work.cancel), work);
    if (!opening.port) return fmt::format("a server of its own answers there: psql \"{}\"", connection_text(address));
    return opening.promote ? make_a_server(opening, address, work) : leave_waiting(address, opening.copy, work);
}

std::unique_ptr<SqlReader> PostgresProvider::ask_copy(const Place& copy, const WorkContext& work) { return make_postgres_sql(open_row_database(instance_over(copy), work.cancel)); }

ScriptFacts PostgresProvider::write_script(const ScriptOrder& order, const WorkContext& work) { return write_table_script(order, instance_over(order.copy), work); }

void PostgresProvider::close_copies(const fs::path& folder) {
    if (!fs::is_directory(folder)) return;
    stop_instance(folder);
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_directory()) stop_instance(entry.path());
    }
}

CopyLocation PostgresProvider::read_location(const std::string& text) { return location_with_port(text); }

void PostgresProvider::require_free_port(std::uint16_t port) { require_free_port_here(port); }

ProgramAddress PostgresProvider::address_for_programs(const Place& place) {
    if (!place.is_copy) return place.location.empty() ? ProgramAddress{} : address_in(connection_words(place.location));
    const auto instance = instance_of(place.location, {});
    if (!instance) return {.location = place.location};
    const std::string database = instance->live_database.empty() ? std::string() : " dbname=" + quoted_word(instance->live_database);
    const std::string words = connection_text(*instance) + database;
    return address_in({Secret(std::string_view(words)), "a copy", std::nullopt});
}

std::optional<std::string> PostgresProvider::ask(const Place& place, const std::string& sql) {
    PostgresConnection connection = place.is_copy ? open_row_database(instance_over(place), {}) : open_row_database(connection_words(place.location), {});
    connection.execute("BEGIN READ ONLY");
    const PostgresResult answer = connection.query(sql, {});
    if (answer.rows() == 0 || answer.columns() == 0 || answer.is_null(0, 0)) return std::nullopt;
    return std::string(answer.text(0, 0));
}

IntegrityReport PostgresProvider::check_integrity(const Place& place, const WorkContext& work) {
    work.progress.begin("checking " + place.database.str(), 0);
    IntegrityReport report = place.is_copy ? look_at_copy(place, work) : check_live_cluster(place, work);
    work.progress.end();
    return report;
}

void PostgresProvider::drop_copy(const Place& place) {
    if (!place.is_copy) {
        throw Error(ErrorCode::NotPermitted, place.database.str() + " is not a copy, so it is not removed", "Remove a live database by hand, if you must.");
    }
    if (fs::is_regular_file(fs::symlink_status(place.location))) {   // A script that write_script() has made.
        remove_durably(place.location);
        return;
    }
    drop_restored_cluster(place.location);
}

BackupFacts PostgresProvider::keep_raw(const Place& place, ImageSink& sink, const WorkContext& work) {
    return keep_raw_cluster(live_data_folder(place, work.cancel), sink, work);
}

std::unique_ptr<RowReader> PostgresProvider::read_what_is_readable(const Place& damaged, const Place&, const fs::path&, const WorkContext& work) {
    return make_forgiving_reader(connection_words(damaged.location), work.cancel);
}

SwapResult PostgresProvider::swap_in(const SwapRequest& request, const WorkContext& work) { return swap_cluster_in(request, work); }
std::optional<bool> PostgresProvider::settle_swap(const fs::path& record, const Place& live, const WorkContext& work) { return settle_cluster_swap(record, live, work); }
SwapResult PostgresProvider::swap_back(const fs::path& record, const Place& live, const WorkContext& work) { return swap_cluster_back(record, live, work); }

WalHead PostgresProvider::look_at_wal(ByteView first_page) { return head_of_segment(first_page); }
std::unique_ptr<WalParsing> PostgresProvider::read_wal(const WalHead& head, Lsn begin) { return parse_wal(head, begin); }
std::uint64_t PostgresProvider::cluster_of_wal(const fs::path& file) { return cluster_of_wal_file(file); }
ReceiveResult PostgresProvider::receive_wal(const Place& place, WalSink& sink, bool follow, const WorkContext& work) {
    return receive_wal_of(connection_words(place.location), place.database, sink, follow, work);
}
std::vector<KeptWal> PostgresProvider::kept_wal(const Place& place) { return kept_wal_of(connection_words(place.location), place.database); }
void PostgresProvider::stop_keeping_wal(const Place& place) { drop_wal_slot(connection_words(place.location), place.database); }
fs::path PostgresProvider::wal_folder(const fs::path& copy) { return copy / "pg_wal"; }
void PostgresProvider::set_replay(const fs::path& copy, const ReplayTarget& target) { write_recovery_settings(copy, target); }
std::unique_ptr<WalStepping> PostgresProvider::step_through(const CopyOpening& opening, const WorkContext& work) {
    return start_stepping(order_of(opening, {InstanceUse::Steps, 0}, work.cancel), work);
}
std::unique_ptr<WalChanges> PostgresProvider::read_changes(const WalHead& head, Lsn begin) { return read_transaction_changes(head, begin); }
RelationNames PostgresProvider::relation_names(StateFiles& files) { return relation_names_in(files); }
RelationNames PostgresProvider::relation_names(const Place& live, const CancelToken& cancel) { return relation_names_of(connection_words(live.location), cancel); }

StandbyState PostgresProvider::look_at_standby(const std::string& connection, const CancelToken& cancel) { return look_at_standby_server(connection_words(connection), cancel); }
PrimaryState PostgresProvider::look_at_primary(const std::string& connection, const CancelToken& cancel) { return look_at_primary_server(connection_words(connection), cancel); }
void PostgresProvider::promote(const std::string& connection, const CancelToken& cancel) { promote_server(connection_words(connection), cancel); }

std::unique_ptr<RowReader> PostgresProvider::read_rows(const Place& place) {
    if (!place.is_copy) return make_postgres_reader(open_row_database(connection_words(place.location), {}), std::nullopt);
    const InstanceAddress instance = instance_over(place);
    return make_postgres_reader(open_row_database(instance, {}), instance);
}

std::unique_ptr<RowWriter> PostgresProvider::write_rows(const Place& place) {
    if (place.is_copy) return make_postgres_writer(open_row_database(instance_over(place), {}));
    return make_postgres_writer(open_row_database(connection_words(place.location), {}));
}

}  // namespace holdfast
