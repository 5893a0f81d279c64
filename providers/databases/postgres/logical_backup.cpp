#include "providers/databases/postgres/logical_backup.hpp"

#include <algorithm>
#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/backup_facts.hpp"
#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/server_programs.hpp"
#include "providers/databases/postgres/start_advice.hpp"

namespace holdfast {
namespace {

constexpr int kNewestMajor = 18;
constexpr const char* kGlobalsFile = "globals.sql";
constexpr std::string_view kServerWord = "server ", kDumpWord = "dump ";
constexpr std::uint64_t kListBytesMax = 1 << 20;

// One of the server's version, or the next newer: an older one refuses.
struct Program { fs::path path; int major = 0; };
Program program_for(int server_major, const std::string& name) {
    for (int major = server_major; major <= kNewestMajor; ++major) {
        if (auto path = find_postgres_program(major, name)) return {std::move(*path), major};
    }
    throw Error(ErrorCode::Unavailable, fmt::format("this machine has no {} of PostgreSQL {} or newer", name, server_major), fmt::format("Install postgresql-client-{}.", server_major));
}

// Letters, digits, '-' and '_' as they are, the rest as %XX: a name of a file that stays in its folder.
std::string file_for(const std::string& database) {
    std::string name;
    for (const char c : database) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        name += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return name + ".dump";
}

class ProgramOutput final : public ByteSource {
public:
    ProgramOutput(const std::vector<std::string>& argv, const ProcessOptions& options) : program_(argv, options), name_(fs::path(argv.at(0)).filename().string()) {}
    std::size_t read(std::span<std::byte> out) override {
        const std::size_t got = program_.read(out);
        bytes_ += got;
        return got;
    }
    // What it wrote counts only when it says that this was all.
    std::uint64_t finish() {
        const ProcessResult result = program_.finish();
        if (!result.ok()) throw Error(ErrorCode::Unavailable, fmt::format("{} ended with status {}: {}", name_, result.exit_status, printable(trim(result.errors), 300)), "Take the backup again when that is mended.");
        return bytes_;
    }

private:
    RunningProgram program_;
    const std::string name_;
    std::uint64_t bytes_ = 0;
};

std::vector<std::string> column_of(const PostgresResult& result) {
    std::vector<std::string> values;
    for (std::size_t row = 0; row < result.rows(); ++row) values.emplace_back(result.text(row, 0));
    return values;
}

class LogicalBackup {
public:
    LogicalBackup(const ConnectionWords& words, const DumpSelection& selection, ImageSink& sink, const WorkContext& work)
        : selection_(selection), sink_(sink), work_(work), sql_(PostgresConnection::open(words, {.purpose = "holdfast dump"}, work.cancel)),
          environment_(environment_of(words)), named_(named_in(words).database) {}

    BackupFacts run() {
        const std::vector<std::string> databases = databases_to_dump();
        const Program dump = program_for(sql_.major(), "pg_dump");
        const Instant instant = work_.clock.now();
        std::string list = fmt::format("{}{}\n", kServerWord, sql_.major());
        if (selection_.is_all()) dump_globals();
        for (const std::string& database : databases) {
            std::vector<std::string> argv{dump.path.string(), "--format=custom", "--compress=0", "--no-password"};
            for (const std::string& schema : selection_.schemas) argv.push_back("--schema=" + schema);
            for (const std::string& table : selection_.tables) argv.push_back("--table=" + table);
            if (selection_.schema_only) argv.emplace_back("--schema-only");
            argv.push_back("--dbname=dbname=" + quoted_word(database));
            take(file_for(database), argv);
            list += fmt::format("{}{} {}\n", kDumpWord, file_for(database), to_hex(as_bytes(database)));
        }
        add_text(sink_, kDumpList, list);
        return facts(instant, databases, dump);
    }

private:
    std::vector<std::string> databases_to_dump() {
        const std::vector<std::string> there = column_of(sql_.execute("SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1"));
        for (const std::string& wanted : selection_.databases) {
            if (std::ranges::find(there, wanted) != there.end()) continue;
            throw Error(ErrorCode::Missing, fmt::format("the server has no database {}", printable(wanted, 64)), fmt::format("It has {}.", printable(join(there, ", "), 300)));
        }
        if (!selection_.databases.empty()) return selection_.databases;
        return named_.empty() ? there : std::vector{named_};
    }

    // Passwords of roles only a superuser may read.
    void dump_globals() {
        const Program program = program_for(sql_.major(), "pg_dumpall");
        std::vector<std::string> argv{program.path.string(), "--globals-only", "--no-password", "--database=" + sql_.database()};
        if (!sql_.execute("SELECT usesuper FROM pg_catalog.pg_user WHERE usename = current_user").expect(1, 1).truth(0, 0)) argv.emplace_back("--no-role-passwords");
        take(kGlobalsFile, argv);
    }

    void take(const std::string& file, const std::vector<std::string>& argv) {
        throw_if_cancelled(work_.cancel);
        ProcessOptions options;
        options.add_environment = environment_;
        options.cancel = work_.cancel;
        ProgramOutput output(argv, options);
        sink_.add_bytes({.name = file, .page_bytes = 0, .bytes = 0, .mode = 0600}, output);
        bytes_ += output.finish();
    }

    BackupFacts facts(Instant instant, const std::vector<std::string>& databases, const Program& program) {
        const std::string version = sql_.parameter("server_version");
        BackupFacts facts{.instant = instant, .source_bytes = bytes_, .read_bytes = bytes_, .identity = {}, .facts = {}};
        facts.facts["version"] = "PostgreSQL " + version.substr(0, version.find(' '));
        facts.facts[kTakenByFact] = fmt::format("pg_dump {}", program.major);
        facts.facts["databases"] = join(databases, ", ");
        if (databases.size() > 1) facts.facts["each database"] = "as of its own moment";
        return facts;
    }

    const DumpSelection& selection_;
    ImageSink& sink_;
    const WorkContext& work_;
    PostgresConnection sql_;
    const std::map<std::string, std::string> environment_;
    const std::string named_;
    std::uint64_t bytes_ = 0;
};

fs::path restore_program(const RestoredDumps& dumps) { return program_for(dumps.server_major, "pg_restore").path; }

}  // namespace

BackupFacts dump_databases(const ConnectionWords& words, const DumpSelection& selection, ImageSink& sink, const WorkContext& work) {
    return LogicalBackup(words, selection, sink, work).run();
}

bool is_dump_folder(const fs::path& folder) { return fs::exists(folder / kDumpList); }

RestoredDumps read_dump_list(const fs::path& folder) {
    RestoredDumps restored;
    for (const std::string& line : split(read_text_file(folder / kDumpList, kListBytesMax), '\n')) {
        if (line.starts_with(kServerWord)) std::from_chars(line.data() + kServerWord.size(), line.data() + line.size(), restored.server_major);
        if (!line.starts_with(kDumpWord)) continue;
        const auto words = split(line.substr(kDumpWord.size()), ' ');
        const auto name = words.size() == 2 ? from_hex(words[1]) : std::nullopt;
        if (!name) throw Error(ErrorCode::Corrupt, "the list of dumps is damaged");
        path_inside(folder, words[0]);
        restored.dumps.push_back({std::string(as_text(*name)), words[0]});
    }
    if (restored.server_major == 0) throw Error(ErrorCode::Corrupt, "the list of dumps is damaged");
    restored.has_globals = fs::exists(folder / kGlobalsFile);
    return restored;
}

IntegrityReport check_dumps(const fs::path& folder, const WorkContext& work) {
    const RestoredDumps restored = read_dump_list(folder);
    const fs::path program = restore_program(restored);
    IntegrityReport report;
    report.checks = {"pg_restore --list"};
    for (const RestoredDumps::Dump& dump : restored.dumps) {
        ProcessOptions options;
        options.cancel = work.cancel;
        const ProcessResult result = run_process({program.string(), "--list", (folder / dump.file).string()}, options);
        if (result.ok()) continue;
        report.problems.push_back({"database " + dump.database, printable(trim(result.errors), 300)});
        ++report.problem_count;
    }
    return report;
}

std::vector<std::string> how_to_load(const fs::path& folder) {
    const RestoredDumps restored = read_dump_list(folder);
    std::vector<std::string> sentences;
    if (restored.has_globals) sentences.push_back(fmt::format("roles and tablespaces first: psql -d postgres -f {}", quoted_for_shell((folder / kGlobalsFile).string())));
    for (const RestoredDumps::Dump& dump : restored.dumps) {
        sentences.push_back(fmt::format("load {} as a new database: createdb -T template0 {}; pg_restore -d {} -j 4 {}", printable(dump.database), quoted_for_shell(dump.database + "_restored"),
                                        quoted_for_shell(dump.database + "_restored"), quoted_for_shell((folder / dump.file).string())));
    }
    sentences.emplace_back("one table alone: add -t TABLE; what is in an archive: pg_restore -l FILE");
    return sentences;
}

}  // namespace holdfast
