#include "providers/databases/postgres/live_server.hpp"

#include <poll.h>
#include <unistd.h>

#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/control_file.hpp"
#include "providers/databases/postgres/local_cluster.hpp"
#include "providers/databases/postgres/server_facts.hpp"
#include "providers/databases/postgres/server_process.hpp"
#include "providers/databases/postgres/server_programs.hpp"

namespace holdfast {
namespace {

constexpr int kLookEveryMs = 20;
constexpr std::int64_t kGoneWithinMs = 600'000, kUpWithinMs = 600'000;

fs::path of_process(pid_t process, const char* what) {
    std::error_code unknown;
    const fs::path path = fs::read_symlink(fmt::format("/proc/{}/{}", process, what), unknown);
    return unknown ? fs::path() : path;
}

std::string text_of_process(pid_t process, const char* what) {
    try {
        return read_text_file(fmt::format("/proc/{}/{}", process, what), 1 << 20);
    } catch (const Error&) {
        return {};   // It is gone, or somebody else's.
    }
}

[[noreturn]] void not_here(const Place& live, const std::string& why) {
    throw Error(ErrorCode::NotPermitted, fmt::format("the data directory of {} cannot be replaced from here: {}", live.database.str(), why), "Run this on the server's machine, as root or as the owner of the data directory.");
}

void require_same_cluster(const Place& live, const fs::path& folder, const CancelToken& cancel) {
    PostgresConnection connection = PostgresConnection::open(connection_words(live.location), {.replication = true}, cancel);
    const std::string answers = ask_server(connection).system_identifier, stands = std::to_string(read_control_file(folder).system_identifier);
    if (answers != stands) not_here(live, fmt::format("the server that answers is the cluster {}, in {} lies {}", answers, folder.string(), stands));
}

// Where the server that answers has its files; nothing where none answers.
std::optional<fs::path> folder_of_answering(const Place& live, const CancelToken& cancel) {
    std::optional<LocalCluster> found;
    try {
        PostgresConnection connection = PostgresConnection::open(connection_words(live.location), {}, cancel);
        found = find_local_cluster(connection);
    } catch (const PostgresError& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        log_debug("{} does not answer: {}", live.database.str(), error.message);
        return std::nullopt;
    }
    if (found->data_folder.empty()) not_here(live, found->why_not);
    const fs::path folder = fs::weakly_canonical(found->data_folder);
    require_same_cluster(live, folder, cancel);
    return folder;
}

fs::path data_folder_of(const Place& live, const CancelToken& cancel) {
    const auto answering = folder_of_answering(live, cancel);
    const fs::path said = live.server.data.empty() ? fs::path() : fs::weakly_canonical(live.server.data);
    if (answering && !said.empty() && *answering != said) not_here(live, fmt::format("the policy says that it lives in {}, its server works in {}", said.string(), answering->string()));
    if (answering) return *answering;
    if (!said.empty()) return said;
    throw Error(ErrorCode::Unavailable, fmt::format("the server of {} does not answer, and the policy does not say where its data directory is", live.database.str()),
                fmt::format("Add server: {{ data: /var/lib/postgresql/15/main }} to the database {}, or start the server.", live.database.str()));
}

// "-D" relative to where it was typed leads nowhere by now; where nothing says which folder, the environment did.
std::vector<std::string> argv_of(pid_t process, const fs::path& folder) {
    std::vector<std::string> argv = split(text_of_process(process, "cmdline"), '\0');
    while (!argv.empty() && argv.back().empty()) argv.pop_back();
    if (argv.empty()) return {};
    const fs::path program = of_process(process, "exe");
    argv.front() = fs::exists(program) ? program.string() : require_postgres_program(major_of_cluster(folder), "postgres").string();
    bool says_where = false;
    for (std::size_t i = 1; i < argv.size(); ++i) {
        if (argv[i].find("config_file") != std::string::npos) says_where = true;
        if (argv[i] != "-D" || i + 1 >= argv.size()) continue;
        says_where = true;
        if (!argv[i + 1].starts_with('/')) argv[i + 1] = folder.string();
    }
    if (!says_where) argv.insert(argv.end(), {"-D", folder.string()});
    return argv;
}

// What it says on its terminal goes on to the same file.
fs::path log_of(pid_t process, const fs::path& otherwise) {
    const fs::path log = of_process(process, "fd/2");
    std::error_code unknown;
    return fs::is_regular_file(log, unknown) ? log : otherwise;
}

void require_ours(const Place& live, const OwnServer& own) {
    if (::geteuid() != 0 && ::geteuid() != own.owner.user) not_here(live, fmt::format("{} belongs to {}", own.data_folder.string(), own.owner.name));
}

void require_nobody_elses(const Place& live, pid_t process) {
    const std::string unit = unit_of(text_of_process(process, "cgroup"));
    if (unit.empty() || !live.server.stop.empty()) return;
    throw Error(ErrorCode::Usage, fmt::format("systemd keeps the server of {} as {}, and would miss it", live.database.str(), unit),
                fmt::format("Add server: {{ stop: [\"systemctl\", \"stop\", \"{0}\"], start: [\"systemctl\", \"start\", \"{0}\"] }} to the database.", unit));
}

void run_care(const std::vector<std::string>& argv, const CancelToken& cancel) {
    ProcessOptions options;
    options.cancel = cancel;
    const ProcessResult result = run_process(argv, options);
    if (!result.ok()) {
        throw Error(ErrorCode::Unavailable, fmt::format("{} ended with status {}: {}", printable(join(argv, " "), 120), result.exit_status, printable(trim(result.errors), 300)), "Mend the command in the policy, then resume the run.");
    }
}

template <typename Done>
bool wait_for(std::int64_t patience_ms, const CancelToken& cancel, const Done& done) {
    for (std::int64_t waited = 0; !done(); waited += kLookEveryMs) {
        if (waited > patience_ms) return false;
        throw_if_cancelled(cancel);
        ::poll(nullptr, 0, kLookEveryMs);
    }
    return true;
}

}  // namespace

std::string unit_of(std::string_view cgroup) {
    for (const std::string& line : split(cgroup, '\n')) {
        const std::string unit = line.substr(line.rfind('/') == std::string::npos ? 0 : line.rfind('/') + 1);
        if (unit.starts_with("postgresql") && unit.ends_with(".service")) return unit;
    }
    return {};
}

LiveServer find_live_server(const Place& live, const CancelToken& cancel) {
    const fs::path folder = data_folder_of(live, cancel);
    LiveServer server{.own = own_server_of(folder), .process = server_in(folder)};
    require_ours(live, server.own);
    if (!server.process) return server;
    require_nobody_elses(live, *server.process);
    if (auto argv = argv_of(*server.process, folder); !argv.empty()) server.own.argv = std::move(argv);
    server.own.log = log_of(*server.process, server.own.log);
    return server;
}

std::vector<std::string> clients_of(const Place& live, const CancelToken& cancel) {
    try {
        PostgresConnection connection = PostgresConnection::open(connection_words(live.location), {}, cancel);
        const PostgresResult rows = connection.execute(
            "SELECT datname, usename, coalesce(host(client_addr), '') FROM pg_catalog.pg_stat_activity WHERE datname IS NOT NULL AND usename IS NOT NULL AND pid <> pg_catalog.pg_backend_pid() "
            "AND coalesce(backend_type, 'client backend') = 'client backend' LIMIT 20");
        std::vector<std::string> clients;
        for (std::size_t row = 0; row < rows.rows(); ++row) {
            clients.push_back(printable(fmt::format("{} in {}{}{}", rows.text(row, 1), rows.text(row, 0), rows.text(row, 2).empty() ? "" : " from ", rows.text(row, 2)), 120));
        }
        return clients;
    } catch (const PostgresError& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        return {};   // A damaged cluster may not even answer that.
    }
}

void stop_live_server(const LiveServer& server, const ServerSpec& care, const CancelToken& cancel) {
    const auto process = server_in(server.own.data_folder);
    if (!process) return;
    if (care.stop.empty()) return stop_server(server.own.data_folder, *process, cancel);
    run_care(care.stop, cancel);
    if (!wait_for(kGoneWithinMs, cancel, [&] { return !is_running(*process); })) {
        throw Error(ErrorCode::Busy, fmt::format("the server in {} (process {}) runs on after {}", server.own.data_folder.string(), *process, printable(join(care.stop, " "), 120)), "Mend the command in the policy, then resume the run.");
    }
    wait_until_left(server.own.data_folder, cancel);
}

void start_live_server(const OwnServer& own, const ServerSpec& care, const CancelToken& cancel) {
    const auto is_up = [&] {
        const auto state = state_of_server(own.data_folder);
        return state && state->state == "ready";
    };
    // One that somebody has just started is waited for.
    if (server_in(own.data_folder) && wait_for(kUpWithinMs, cancel, [&] { return is_up() || !server_in(own.data_folder); }) && is_up()) return;
    if (care.start.empty()) return start_own_server(own, cancel);
    run_care(care.start, cancel);
    if (!wait_for(kUpWithinMs, cancel, is_up)) throw Error(ErrorCode::Unavailable, fmt::format("no server is up in {} after {}", own.data_folder.string(), printable(join(care.start, " "), 120)), "Look at its log.");
}

}  // namespace holdfast
