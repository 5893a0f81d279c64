#include "providers/databases/postgres/live_checks.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/cluster_checks.hpp"
#include "providers/databases/postgres/cluster_files.hpp"
#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/control_file.hpp"
#include "providers/databases/postgres/local_cluster.hpp"
#include "providers/databases/postgres/page_file.hpp"
#include "providers/databases/postgres/server_process.hpp"
#include "providers/databases/postgres/stream_backup.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kPageBytes = 8192, kWindowPages = 128, kProblemsKept = 100;
constexpr std::uint32_t kSegmentPages = 131072;
constexpr const char* kNoRight = "42501";

// Takes a backup's files and forgets them: their pages are looked at on the way.
class Nowhere final : public ImageSink {
public:
    void add_pages(const ImageFile& file, PageSource& source) override {
        Bytes window(kWindowPages * file.page_bytes);
        const std::uint64_t pages = file.bytes / file.page_bytes;
        for (std::uint64_t page = 0; page < pages; page += kWindowPages) {
            source.read(page, std::span(window).first(static_cast<std::size_t>(std::min<std::uint64_t>(kWindowPages, pages - page)) * file.page_bytes));
        }
    }
    void add_changed_pages(const ImageFile& file, PageSource& source, const std::vector<PageRange>&) override { add_pages(file, source); }
    void refresh_pages(const ImageFile& file, PageSource& source) override { add_pages(file, source); }
    void add_bytes(const ImageFile&, ByteSource& source) override {
        Bytes window(1 << 20);
        while (source.read(window) > 0) continue;
    }
    bool has_base() const override { return false; }
};

void add_problems(IntegrityReport& report, const std::vector<IntegrityProblem>& problems, std::uint64_t count) {
    for (const IntegrityProblem& problem : problems) {
        if (report.problems.size() < kProblemsKept) report.problems.push_back(problem);
    }
    report.problem_count += count;
}

// What the server has met by itself since its statistics were last reset.
void ask_for_failures(PostgresConnection& sql, IntegrityReport& report) {
    const PostgresResult failures = sql.execute(
        "SELECT coalesce(datname, 'shared tables'), checksum_failures FROM pg_catalog.pg_stat_database WHERE checksum_failures > 0 ORDER BY 1");
    report.checks.emplace_back("checksum failures that the server has met");
    for (std::size_t row = 0; row < failures.rows(); ++row) {
        const auto count = static_cast<std::uint64_t>(failures.integer(row, 1));
        add_problems(report, {{fmt::format("database {}", failures.text(row, 0)), counted(count, "page") + " with a wrong checksum"}}, count);
    }
}

void check_one(const fs::path& path, const std::string& name, DamagedPages& damaged, const WorkContext& work) {
    try {
        const File file = File::open(path, File::Mode::Read);
        PageFile pages(file, name, kPageBytes, relation_file(name).value_or(RelationFile{}).segment * kSegmentPages, damaged);
        Bytes window(kWindowPages * kPageBytes);
        const std::uint64_t count = file.size() / kPageBytes;
        for (std::uint64_t page = 0; page < count; page += kWindowPages) {
            throw_if_cancelled(work.cancel);
            const auto part = std::span(window).first(static_cast<std::size_t>(std::min<std::uint64_t>(kWindowPages, count - page)) * kPageBytes);
            pages.read(page, part);
            work.progress.advance(part.size());
        }
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing) throw;   // A table that was dropped meanwhile.
    }
}

void check_files(const fs::path& data_folder, IntegrityReport& report, const WorkContext& work) {
    const ControlFile control = read_control_file(data_folder);
    report.checks.emplace_back("pg_control");
    if (!control.checksums) return;
    report.checks.emplace_back("page checksums");
    DamagedPages damaged(true, Lsn{~std::uint64_t{0}});
    for (const std::string& name : list_cluster_files(data_folder, work.cancel).files) {
        if (relation_file(name)) check_one(data_folder / name, name, damaged, work);
    }
    add_problems(report, damaged.problems(), damaged.count());
}

void check_by_stream(const Place& place, IntegrityReport& report, const WorkContext& work) {
    Nowhere nowhere;
    const BackupFacts facts = back_up_by_stream(connection_words(place.location), nowhere, work);
    report.checks.emplace_back("page checksums, as a backup is streamed");
    add_problems(report, facts.damage, facts.damage_count);
}

// A right that is missing leaves a check out; everything else that goes wrong in a catalog is a finding.
void check_catalogs(const Place& place, PostgresConnection& sql, IntegrityReport& report, const WorkContext& work) {
    const PostgresResult found = sql.execute("SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1");
    for (std::size_t row = 0; row < found.rows(); ++row) {
        const std::string database(found.text(row, 0));
        try {
            look_at_catalogs_of(PostgresConnection::open(connection_words(place.location), {.database = database}, work.cancel), database, report, work);
        } catch (const PostgresError& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            if (error.sqlstate == kNoRight || error.code == ErrorCode::NotPermitted) continue;
            add_problems(report, {{"database " + printable(database, 60), error.message}}, 1);
        }
    }
    report.checks.emplace_back("catalogs");
}

fs::path folder_in_policy(const Place& place, const Error& why) {
    if (place.server.data.empty()) throw Error(why.code, why.message, fmt::format("Where the server is down, say where its files are: server: {{ data: /var/lib/postgresql/15/main }} under {}.", place.database.str()));
    return place.server.data;
}

}  // namespace

IntegrityReport check_live_cluster(const Place& place, const WorkContext& work) {
    IntegrityReport report;
    std::optional<PostgresConnection> sql;
    try {
        sql = PostgresConnection::open(connection_words(place.location), {}, work.cancel);
    } catch (const PostgresError& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        check_files(folder_in_policy(place, error), report, work);
        // A server that shall run and does not: its files alone cannot say why.
        add_problems(report, {{"the server of " + place.database.str(), error.message}}, 1);
        return report;
    }
    ask_for_failures(*sql, report);
    const LocalCluster local = find_local_cluster(*sql);
    if (!local.data_folder.empty()) check_files(local.data_folder, report, work);
    else check_by_stream(place, report, work);
    check_catalogs(place, *sql, report, work);
    return report;
}

fs::path live_data_folder(const Place& place, const CancelToken& cancel) {
    try {
        PostgresConnection sql = PostgresConnection::open(connection_words(place.location), {}, cancel);
        const LocalCluster local = find_local_cluster(sql);
        if (!local.data_folder.empty()) return local.data_folder;
        if (!place.server.data.empty() && server_in(place.server.data)) return place.server.data;
        throw Error(ErrorCode::NotPermitted, fmt::format("the files of {} cannot be had here: {}", place.database.str(), local.why_not), "Run this on the server's machine, as root or as the owner of the data directory.");
    } catch (const PostgresError& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        return folder_in_policy(place, error);
    }
}

}  // namespace holdfast
