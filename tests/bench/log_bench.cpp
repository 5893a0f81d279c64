// What following a database costs and how far behind it is, measured inside the follower's process: the lag of every
// transaction from its COMMIT to the completed put, processor time busy and idle, how much the writer slows down, and what
// the log takes in the store.
//
//   log_bench FOLDER DATABASE SECONDS RUNS     FOLDER: for the store and the state; DATABASE: of bench_database make
//
// Prints figures, a name and a number a line. bench_writer stands beside this program.

#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "engine/operations/logs.hpp"
#include "engine/repository/log.hpp"
#include "providers/databases/sqlite/sqlite_provider.hpp"
#include "providers/stores/local/local_store.hpp"
#include "tests/bench/durable_times.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

const DatabaseName kShop{"shop"};
using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point begin) { return std::chrono::duration<double>(Steady::now() - begin).count(); }

double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t bytes_in(const fs::path& folder) {
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) bytes += entry.file_size();
    }
    return bytes;
}

double median_of(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t half = values.size() / 2;
    return values.empty() ? 0 : values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void print(std::string_view name, double value) { std::printf("%s %.3f\n", std::string(name).c_str(), value), std::fflush(stdout); }

using Figures = std::map<std::string, double>;

// The application, as a process of its own.
class Application {
public:
    Application(fs::path program, fs::path database, fs::path times) : program_(std::move(program)), database_(std::move(database)), times_(std::move(times)) {}

    Figures write(int rate, double seconds, const std::string& synchronous) const {
        const ProcessResult result =
            run_process({program_.string(), database_.string(), std::to_string(rate), fmt::format("{}", seconds), synchronous, times_.string()});
        if (!result.ok()) throw Error(ErrorCode::Internal, result.errors);
        Figures figures;
        std::istringstream lines(result.output);
        std::string name;
        for (double value = 0; lines >> name >> value;) figures[name] = value;
        return figures;
    }
    // When each COMMIT of the last run had returned.
    std::vector<std::int64_t> times() const {
        std::vector<std::int64_t> all;
        std::ifstream stream(times_);
        for (std::int64_t time = 0; stream >> time;) all.push_back(time);
        return all;
    }

private:
    fs::path program_, database_, times_;
};

// A follower in a thread of its own; made when it follows, ended when everything is in the store.
class Following {
public:
    explicit Following(const Workplace& workplace) {
        thread_ = std::thread([this, &workplace] {
            try {
                follow_databases(workplace, {kShop}, {}, [this] { mark(started_); }, stop_.get_token());
            } catch (const Error& error) {
                failure_ = error;
            }
            mark(ended_);
        });
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return started_ || ended_; });
    }
    ~Following() {
        if (thread_.joinable()) stop();
    }
    void end() {
        stop();
        if (failure_) throw Error(*failure_);
    }

private:
    void mark(bool& what) {
        const std::lock_guard lock(mutex_);
        what = true;
        changed_.notify_all();
    }
    void stop() {
        stop_.request_stop();
        thread_.join();
    }

    std::stop_source stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool started_ = false, ended_ = false;
    std::optional<Error> failure_;
    std::thread thread_;
};

class Bench {
public:
    Bench(const fs::path& folder, const fs::path& database, const fs::path& writer, double seconds, int runs)
        : folder_(folder), application_(writer, database, folder / "times"), seconds_(seconds), runs_(runs) {
        ::setenv("BACKUP_ENCRYPTION_KEY", std::string(64, '7').c_str(), 1);
        fs::create_directories(folder / "policies");
        std::ofstream(folder / "policies/bench.yaml")
            << "version: 1\nstores: { local: { url: \"file://" << (folder / "store").string() << "\", site: here } }\n"
            << "environments: { bench: { rpo: 1m, rto: 8h, copies: [local] } }\n"
            << "policies: { steady: { backups: { full: { every: 7d }, incremental: { every: 1d }, log: continuous },\n"
            << "                      retention: { daily: 30d, at_least: 1, any_second: 1d }, verify: { after_backup: none } } }\n"
            << "databases: { shop: { engine: sqlite, environment: bench, policy: steady, path: \"" << database.string() << "\" } }\n";
        stores_.add("file", [this](const StoreSpec& spec) { return std::make_unique<TimedStore>(open_local_store(spec), times_); });
        providers_.add(std::make_unique<TimedProvider>(std::make_unique<SqliteProvider>(), times_));
        workplace_ = std::make_unique<Workplace>(built_, require_policy(built_, folder / "policies").policy);
    }

    void run() {
        const auto begin = Steady::now();
        auto following = std::make_unique<Following>(*workplace_);
        print("begin_seconds", seconds_since(begin));
        measure_steady_load();
        measure_idle();
        following->end();
        following.reset();
        measure_compaction();
        for (const char* synchronous : {"NORMAL", "FULL"}) measure_slowdown(synchronous);
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        print("memory_bytes_most", static_cast<double>(usage.ru_maxrss) * 1024);
    }

private:
    void measure_steady_load() {
        times_.forget();
        const std::uint64_t before = bytes_in(folder_ / "store");
        const double processor = processor_seconds();
        const Figures writer = application_.write(200, seconds_, "NORMAL");
        std::this_thread::sleep_for(1s);
        print("processor_seconds_in_30", (processor_seconds() - processor) / writer.at("seconds") * 30);
        print("steady_per_second", writer.at("per_second"));
        print("steady_wal_bytes_most", writer.at("wal_bytes_most"));
        print("steady_commits", writer.at("commits"));
        print("steady_store_bytes_added", static_cast<double>(bytes_in(folder_ / "store")) - static_cast<double>(before));
        print_lag();
    }

    void print_lag() const {
        const std::vector<std::int64_t> committed = application_.times(), durable = times_.all();
        std::vector<double> lags;
        for (std::size_t i = 0; i < std::min(committed.size(), durable.size()); ++i) lags.push_back(static_cast<double>(durable[i] - committed[i]) / 1e6);
        print("not_durable", static_cast<double>(committed.size()) - static_cast<double>(durable.size()));
        if (lags.empty()) return;
        print("lag_median_ms", median_of(lags));
        std::ranges::sort(lags);
        print("lag_p99_ms", lags[std::min(lags.size() - 1, lags.size() * 99 / 100)]);
        print("lag_most_ms", lags.back());
    }

    static void measure_idle() {
        std::this_thread::sleep_for(45s);   // Small pieces are merged when they are 30 s old.
        const double processor = processor_seconds();
        const auto begin = Steady::now();
        std::this_thread::sleep_for(20s);
        print("idle_percent", (processor_seconds() - processor) / seconds_since(begin) * 100);
    }

    void measure_compaction() {
        Repository& repository = workplace_->installation().repositories.of(StoreName("local"));
        NoProgress progress;
        std::this_thread::sleep_for(31s);   // Younger pieces are not merged.
        const auto begin = Steady::now();
        const double processor = processor_seconds();
        std::uint64_t bytes = 0, pieces = 0, pieces_before = 0;
        for (const LogStreamFacts& stream : repository.log_streams(kShop)) {
            const CompactReport report = repository.compact_log(kShop, stream.stream, {}, progress, {});
            bytes += report.bytes_after;
            pieces_before += report.pieces_before;
            pieces += report.pieces_after;
        }
        print("compact_seconds", seconds_since(begin));
        print("compact_processor_seconds", processor_seconds() - processor);
        print("log_bytes_compacted", static_cast<double>(bytes));
        print("log_pieces_before", static_cast<double>(pieces_before));
        print("log_pieces_compacted", static_cast<double>(pieces));
    }

    // With and without in turns, so that what else the machine does strikes both.
    void measure_slowdown(const std::string& synchronous) {
        std::vector<double> alone, followed;
        double stall_alone = 0, stall_followed = 0, wal = 0;
        for (int i = 0; i < runs_; ++i) {
            const Figures without = application_.write(0, seconds_, synchronous);
            alone.push_back(without.at("per_second"));
            stall_alone = std::max(stall_alone, without.at("longest_stall_ms"));
            Following following(*workplace_);
            const Figures with = application_.write(0, seconds_, synchronous);
            followed.push_back(with.at("per_second"));
            stall_followed = std::max(stall_followed, with.at("longest_stall_ms"));
            wal = std::max(wal, with.at("wal_bytes_most"));
            following.end();
        }
        print("alone_per_second_" + synchronous, median_of(alone));
        print("followed_per_second_" + synchronous, median_of(followed));
        print("slowdown_percent_" + synchronous, 100 - median_of(followed) / median_of(alone) * 100);
        print("alone_stall_ms_" + synchronous, stall_alone);
        print("followed_stall_ms_" + synchronous, stall_followed);
        print("followed_wal_bytes_most_" + synchronous, wal);
    }

    fs::path folder_;
    Application application_;
    double seconds_;
    int runs_;
    DurableTimes times_;
    StoreRegistry stores_;
    ProviderRegistry providers_;
    SystemClock clock_;
    Built built_{stores_, providers_, clock_, "bench", {}};
    std::unique_ptr<Workplace> workplace_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) {
        std::fprintf(stderr, "log_bench FOLDER DATABASE SECONDS RUNS\n");
        return 64;
    }
    try {
        Bench(fs::absolute(arguments[1]), fs::absolute(arguments[2]), fs::absolute(arguments[0]).parent_path() / "bench_writer", std::stod(arguments[3]),
              std::stoi(arguments[4]))
            .run();
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "log_bench: %s\n%s\n", error.message.c_str(), error.hint.c_str());
        return exit_status_of(error.code);
    }
}
