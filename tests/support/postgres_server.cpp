#include "tests/support/postgres_server.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "engine/base/format.hpp"
#include "engine/base/process.hpp"

namespace fs = std::filesystem;

namespace holdfast {
namespace {

constexpr const char* kUser = "postgres";   // Debian's, where root runs the tests.
constexpr auto kPatience = std::chrono::seconds(60);

bool is_root() { return ::geteuid() == 0; }

std::vector<std::string> as_server_user(std::vector<std::string> argv) {
    if (is_root()) argv.insert(argv.begin(), {"setpriv", "--reuid", kUser, "--regid", kUser, "--init-groups"});
    return argv;
}

std::string run(const std::vector<std::string>& argv, const std::string& input = {}) {
    ProcessOptions options;
    options.input = input;
    options.output_bytes_max = 256 << 20;
    const ProcessResult result = run_process(argv, options);
    if (!result.ok()) throw std::runtime_error(argv.front() + ": " + result.errors + result.output);
    return result.output;
}

fs::path make_room() {
    std::string pattern = (fs::temp_directory_path() / "holdfast-pg-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    ::chmod(pattern.c_str(), 0755);
    give_to_server(pattern);
    return pattern;
}

std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return std::move(text).str();
}

void make_cluster(const fs::path& programs, const fs::path& data, const PostgresServerOptions& options) {
    std::vector<std::string> argv{(programs / "initdb").string(), "-D", data.string(), "-U", "postgres", "-A", "trust", "--no-sync",
                                  "-E", "UTF8", "--locale=C.UTF-8", fmt::format("--wal-segsize={}", options.segment_mb)};
    if (options.checksums) argv.emplace_back("-k");
    else if (options.major >= 18) argv.emplace_back("--no-data-checksums");
    run(as_server_user(argv));
}

// initdb takes most of a second, a copy of what it made a tenth of it.
fs::path cluster_template(const fs::path& programs, const PostgresServerOptions& options) {
    const fs::path folder = fs::path(HOLDFAST_BINARY_DIR) / "postgres";
    const fs::path made = folder / fmt::format("cluster-{}-{}-{}mb{}", options.major, ::geteuid(), options.segment_mb, options.checksums ? "" : "-plain");
    if (fs::exists(made)) return made;
    fs::create_directories(folder);
    const fs::path room = make_room();
    make_cluster(programs, room / "cluster", options);
    const fs::path draft = folder / fmt::format(".draft-{}", ::getpid());
    run({"cp", "-a", (room / "cluster").string(), draft.string()});
    fs::remove_all(room);
    std::error_code taken;
    fs::rename(draft, made, taken);   // Another test may have been quicker.
    if (taken) fs::remove_all(draft);
    return made;
}

// Those of the parents that only we may enter.
void let_server_reach(const fs::path& path) {
    for (fs::path folder = path.parent_path(); folder != folder.root_path(); folder = folder.parent_path()) {
        struct stat status {};
        if (::stat(folder.c_str(), &status) == 0 && status.st_uid == ::geteuid() && (status.st_mode & 0011) != 0011) ::chmod(folder.c_str(), status.st_mode | 0011);
    }
}

}  // namespace

void give_to_server(const fs::path& path) {
    if (!is_root()) return;
    run({"chown", "-R", fmt::format("{}:", kUser), path.string()});
}

std::optional<fs::path> PostgresServer::programs(int major) {
    for (const fs::path& folder : {fs::path(fmt::format("/usr/lib/postgresql/{}/bin", major)),
                                   fs::path(HOLDFAST_BINARY_DIR) / "postgres" / std::to_string(major) / "native/bin"}) {
        if (fs::exists(folder / "postgres") && fs::exists(folder / "initdb")) return folder;
    }
    return std::nullopt;
}

PostgresServer::PostgresServer(PostgresServerOptions options) : options_(std::move(options)) {
    const auto found = programs(options_.major);
    if (!found) throw std::runtime_error(fmt::format("PostgreSQL {} is not here", options_.major));
    programs_ = *found;
    folder_ = make_room();
    data_ = folder_ / "data";
    if (options_.fresh) make_cluster(programs_, data_, options_);
    else run({"cp", "-a", "--reflink=auto", cluster_template(programs_, options_).string(), data_.string()});
    write_access();
    start();
}

PostgresServer::PostgresServer(const fs::path& data_folder, PostgresServerOptions options)
    : options_(std::move(options)), programs_(programs(options_.major).value()), folder_(make_room()), data_(data_folder) {
    give_to_server(data_);
    let_server_reach(data_);
    start();
}

PostgresServer::~PostgresServer() {
    if (child_ > 0) {
        ::kill(child_, SIGQUIT);
        ::waitpid(child_, nullptr, 0);
    }
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

void PostgresServer::write_access() const {
    std::ofstream(data_ / "pg_hba.conf", std::ios::trunc) << options_.access;
}

std::string PostgresServer::connection(const std::string& user, const std::string& database) const {
    return fmt::format("host={} port=5432 user={} dbname={}", folder_.string(), user, database);
}

std::string PostgresServer::sql(const std::string& text, const std::string& database, const std::string& user) const {
    std::string rows = run({"/usr/bin/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", connection(user, database)}, text);
    while (rows.ends_with('\n')) rows.pop_back();
    return rows;
}

void PostgresServer::start() {
    std::vector<std::string> argv{(programs_ / "postgres").string(), "-D", data_.string()};
    std::vector<std::string> settings{"listen_addresses=", "port=5432", "unix_socket_directories=" + folder_.string(), "shared_buffers=16MB",
                                      "max_wal_size=256MB", "log_min_messages=warning", "dynamic_shared_memory_type=posix"};
    if (!options_.durable) settings.insert(settings.end(), {"fsync=off"});
    settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
    for (const std::string& setting : settings) argv.insert(argv.end(), {"-c", setting});
    argv = as_server_user(argv);
    // The server goes with whoever started it. setpriv asks for it again after the change of user, which would undo it.
    if (is_root()) argv.insert(argv.begin() + 1, {"--pdeathsig", "QUIT"});
    fs::remove(data_ / "postmaster.pid");   // Of a server that was killed with its data directory.
    const std::string log = (folder_ / "log").string();
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("no process for a server");
    if (child_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
        ::setpgid(0, 0);
        const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(file, STDOUT_FILENO);
        ::dup2(file, STDERR_FILENO);
        ::close(STDIN_FILENO);
        std::vector<char*> words;
        for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        ::execvp(words[0], words.data());
        ::_exit(127);
    }
    wait_until_ready();
}

// The last line of postmaster.pid says how far the server is, as pg_ctl reads it.
void PostgresServer::wait_until_ready() {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (true) {
        const std::string state = text_of(data_ / "postmaster.pid");
        if (state.find("\nready") != std::string::npos || state.find("\nstandby") != std::string::npos) return;
        if (!running()) throw std::runtime_error("the server did not start:\n" + log());
        if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the server is not ready:\n" + log());
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

bool PostgresServer::running() {
    if (child_ > 0 && ::waitpid(child_, nullptr, WNOHANG) == child_) child_ = 0;
    return child_ > 0;
}

void PostgresServer::stop(Stop how) {
    if (!running()) return;
    ::kill(child_, how == Stop::Smart ? SIGTERM : how == Stop::Fast ? SIGINT : SIGQUIT);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
}

void PostgresServer::restart(std::vector<std::string> settings) {
    stop();
    options_.settings = std::move(settings);
    start();
}

std::string PostgresServer::log() const { return text_of(folder_ / "log"); }

fs::path PostgresServer::make_folder(const std::string& name) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path);
    give_to_server(path);
    return path;
}

}  // namespace holdfast
