// What capture alone does to a writer, apart from what a repository costs: follows a database into a sink that keeps nothing.
//
//   capture_bench DATABASE [PAGE_MICROSECONDS [PUT_MILLISECONDS]]     until SIGTERM or SIGINT; what one page and one put cost
//
// Says "following" when a writer may begin, and at its end figures, a name and a number a line.

#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "engine/base/error.hpp"
#include "engine/base/progress.hpp"
#include "providers/databases/sqlite/log_capture.hpp"
#include "providers/databases/sqlite/sqlite_provider.hpp"

using namespace holdfast;

namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::microseconds;

// Only the mark of the point is wanted.
class NoImage final : public ImageSink {
public:
    void add_pages(const ImageFile&, PageSource&) override {}
    void add_changed_pages(const ImageFile&, PageSource&, const std::vector<PageRange>&) override {}
    void refresh_pages(const ImageFile&, PageSource&) override {}
    void add_bytes(const ImageFile&, ByteSource&) override {}
    bool has_base() const override { return false; }
};

class CostlySink final : public LogSink {
public:
    CostlySink(microseconds page, microseconds put) : page_(page), put_(put) {}
    void joined() override { std::puts("following"), std::fflush(stdout); }
    void add_page(std::uint64_t, ByteView, PageSource&) override {
        ++pages;
        for (const auto end = Steady::now() + page_; page_.count() > 0 && Steady::now() < end;) {}
    }
    void commit(const CapturedCommit&) override { ++commits; }
    void make_durable() override {
        ++puts;
        std::this_thread::sleep_for(put_);
    }
    void nothing_new(Instant) override {}

    std::uint64_t pages = 0, commits = 0, puts = 0;

private:
    microseconds page_, put_;
};

double seconds_of(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }
void print(const char* name, double value) { std::printf("%s %.1f\n", name, value); }

}  // namespace

int main(int count, char** arguments) {
    if (count < 2 || count > 4) {
        std::fprintf(stderr, "capture_bench DATABASE [PAGE_MICROSECONDS [PUT_MILLISECONDS]]\n");
        return 64;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::stop_source stop;
    std::thread waiter([&] {
        int signal = 0;
        sigwait(&signals, &signal);
        stop.request_stop();
    });
    waiter.detach();
    try {
        const SystemClock clock;
        NoProgress progress;
        const fs::path path = fs::absolute(arguments[1]);
        LogBoundsCounters counters;
        LogCaptureLimits limits;
        limits.counters = &counters;
        const auto capture = capture_sqlite_log(path, clock, limits);
        NoImage image;
        const Place place{.database = DatabaseName("bench"), .engine = EngineKind::Sqlite, .location = path.string(), .is_copy = false};
        const BackupFacts point = SqliteProvider().back_up(place, image, {.clock = clock, .progress = progress, .cancel = {}});
        CostlySink sink(microseconds(count > 2 ? std::stoi(arguments[2]) : 0), microseconds(count > 3 ? 1000 * std::stoi(arguments[3]) : 0));
        const CaptureResult result = capture->follow(point.facts.at(kLogMarkFact), sink, stop.get_token());
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        print("captured_pages", static_cast<double>(sink.pages));
        print("captured_commits", static_cast<double>(sink.commits));
        print("puts", static_cast<double>(sink.puts));
        print("processor_seconds", seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
        print("waits", static_cast<double>(usage.ru_nvcsw));
        print("rounds", static_cast<double>(counters.rounds));
        print("begun_anew", static_cast<double>(counters.begun_anew));
        print("barriers", static_cast<double>(counters.barriers));
        print("barriers_in_vain", static_cast<double>(counters.in_vain));
        print("barred_ms", static_cast<double>(counters.barred_ns) / 1e6);
        print("barred_longest_ms", static_cast<double>(counters.barred_longest_ns) / 1e6);
        if (result.end == CaptureEnd::Gap) std::printf("gap: %s\n", result.why.c_str());
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "capture_bench: %s\n%s\n", error.message.c_str(), error.hint.c_str());
        return exit_status_of(error.code);
    }
}
