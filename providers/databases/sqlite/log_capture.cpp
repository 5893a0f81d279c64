#include "providers/databases/sqlite/log_capture.hpp"

#include <sys/statvfs.h>

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/sqlite/wal_bounds.hpp"
#include "providers/databases/sqlite/wal_watch.hpp"

namespace holdfast {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Ticks = std::chrono::steady_clock::time_point;

constexpr microseconds kBetweenPuts{16'000};       // From the beginning of one make_durable to that of the next: gathers commits,
constexpr microseconds kBetweenLargePuts{48'000};  // and more where many come: each put syncs, on the disk that a writer may be syncing too.
constexpr int kPutShare = 3;                       // A slow disk is a busy one: puts take a third of its time at most.
constexpr std::uint64_t kLargeFrames = 160;        // In one make_durable,
constexpr double kManyCommits = 0.28;              // or so many transactions in a millisecond.
constexpr microseconds kFirstPause{100};           // After a write whose commit is not to be seen yet; doubles up to the one above.
constexpr int kQuietLooks = 12;                    // So many without a further write: back to waiting.
constexpr microseconds kSafetyLook{900'000};       // Under a second, so that what comes next is known to the second. Also how long nothing happens before the log is settled.
constexpr milliseconds kSlice{10};                 // What takes longer to give is given in parts; the log is kept small in between.
constexpr microseconds kShortSleep{2'000};         // While much comes.
constexpr milliseconds kFirstRetry{100};
constexpr milliseconds kLastRetry{10'000};

Ticks now() { return std::chrono::steady_clock::now(); }
microseconds until(Ticks at) { return std::chrono::duration_cast<microseconds>(at - now()); }

bool is_nearly_full(const fs::path& path, std::uint64_t free_bytes_min) {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0 || status.f_blocks == 0) return false;
    const std::uint64_t available = status.f_bavail * status.f_frsize;
    return available < free_bytes_min || status.f_bavail < status.f_blocks / 20;
}

// One call of follow() or once().
class Follower {
public:
    Follower(WalHolds& holds, LogSink& sink, const Clock& clock, const LogCaptureLimits& limits, const CancelToken& cancel)
        : holds_(holds), sink_(sink), clock_(clock), limits_(limits), cancel_(cancel), watch_(holds.path(), cancel),
          flow_(holds, sink, clock, [this] { put(); }), bounds_(holds, flow_, clock, limits, cancel) {}

    void resume(const std::string& mark, Instant held_since) {
        flow_.resume(mark, held_since);
        sink_.joined();
    }

    void catch_up() {
        flow_.give(flow_.look_surely());
        if (flow_.waiting()) put_once();
    }

    void follow() {
        patient_ = true;
        microseconds pause = kFirstPause;
        int quiet_looks = kQuietLooks;   // Since the last write.
        while (!cancel_.stop_requested()) {
            if (watch_.files_changed()) require_files();
            if (give_what_is_new()) {
                pause = kFirstPause;
                quiet_looks = 0;
            } else if (quiet_looks < kQuietLooks) {
                watch_.sleep(pause);
                pause = std::min(2 * pause, kBetweenPuts);
                quiet_looks = watch_.wait(microseconds(0)) ? 0 : quiet_looks + 1;
            } else if (watch_.wait(kSafetyLook)) {
                pause = kFirstPause;
                quiet_looks = 0;
            } else {
                be_idle();
            }
        }
        catch_up();
    }

private:
    // Returns true where something was; it is durable then.
    bool give_what_is_new() {
        std::optional<LogLook> seen = flow_.look();
        if (!seen) return false;
        if (flow_.is_at(seen->header)) {
            flow_.saw_nothing_new(*seen);
            if (!flow_.waiting()) sink_.nothing_new(std::max(seen->before, flow_.newest_time()));
            return false;
        }
        gather();
        put();
        bounds_.keep();
        return true;
    }

    // Nothing of what was given is lost while it waits here: it is in the log.
    void gather() {
        const Ticks due = last_put_ + (many_come_ ? kBetweenLargePuts : std::clamp(kPutShare * put_took_, kBetweenPuts, kBetweenLargePuts));
        while (true) {
            const bool all = flow_.give(flow_.look_surely(), now() + kSlice);
            bounds_.keep();
            if (now() >= due || cancel_.stop_requested()) return;
            if (all) watch_.sleep(flow_.frames_since_durable() < kLargeFrames ? until(due) : std::min(until(due), kShortSleep));
        }
    }

    void put_once() {
        const double since = std::chrono::duration<double, std::milli>(now() - std::exchange(last_put_, now())).count();
        many_come_ = flow_.frames_since_durable() >= kLargeFrames || static_cast<double>(flow_.commits_since_durable()) > kManyCommits * since;
        sink_.make_durable();
        put_took_ = std::chrono::duration_cast<microseconds>(now() - last_put_);
        flow_.is_durable();
    }

    void put() {
        if (!flow_.waiting()) return;
        if (!patient_) return put_once();
        for (milliseconds pause = kFirstRetry;; pause = std::min(2 * pause, kLastRetry)) {
            try {
                return put_once();
            } catch (const Error& error) {
                if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::Changed || cancel_.stop_requested()) throw;
                if (pause == kFirstRetry) log_warning("the log of {} is not stored ({}); trying again", holds_.path().string(), error.message);
                let_go_where_it_costs_too_much(error);
            }
            watch_.sleep(pause);
            if (cancel_.stop_requested()) return put_once();
            require_files();
        }
    }

    std::uint64_t log_bytes(const WalIndexHeader& header) const { return std::uint64_t{header.last_frame()} * holds_.page_bytes(); }

    // Holding on keeps the log growing on the application's disk; a gap in the log costs a comparison of pages.
    void let_go_where_it_costs_too_much(const Error& error) {
        const std::uint64_t bytes = log_bytes(flow_.look_surely().header);
        const bool low = bytes > limits_.let_go_when_low_bytes && is_nearly_full(holds_.path(), limits_.free_bytes_min);
        if (bytes <= limits_.let_go_bytes && !low) return;
        throw LogGap{"the store could not be written until the write-ahead log had grown to " + format_bytes(bytes) +
                     (low ? " and the disk was nearly full" : "") + " (" + error.message + ")"};
    }

    void require_files() {
        if (const auto why = holds_.gone()) throw LogGap{*why};
        if (holds_.file_was_touched()) throw LogGap{"the database's file was written past SQLite"};
    }

    void be_idle() {
        require_files();
        bounds_.settle_idle();
        put();
    }

    WalHolds& holds_;
    LogSink& sink_;
    const Clock& clock_;
    const LogCaptureLimits& limits_;
    const CancelToken& cancel_;
    WalWatch watch_;
    LogFlow flow_;
    WalBounds bounds_;
    bool patient_ = false;          // Tries again where the store cannot be written.
    Ticks last_put_{};
    microseconds put_took_{0};      // The last one.
    bool many_come_ = false;        // As of the last make_durable.
};

class SqliteLogCapture final : public LogCapture {
public:
    SqliteLogCapture(const fs::path& path, const Clock& clock, const LogCaptureLimits& limits)
        : clock_(clock), limits_(limits), holds_(path), held_since_(clock.now()) {}

    std::uint32_t page_bytes() const override { return holds_.page_bytes(); }

    CaptureResult follow(const std::string& mark, LogSink& sink, const CancelToken& cancel) override {
        return run(mark, sink, cancel, [](Follower& follower) {
            follower.follow();
            return CaptureEnd::Stopped;
        });
    }

    CaptureResult once(const std::string& mark, LogSink& sink, const CancelToken& cancel) override {
        return run(mark, sink, cancel, [](Follower& follower) {
            follower.catch_up();
            return CaptureEnd::CaughtUp;
        });
    }

private:
    CaptureResult run(const std::string& mark, LogSink& sink, const CancelToken& cancel, const std::function<CaptureEnd(Follower&)>& work) {
        try {
            if (const auto why = holds_.gone()) throw LogGap{*why};
            Follower follower(holds_, sink, clock_, limits_, cancel);
            follower.resume(mark, held_since_);
            return {.end = work(follower), .why = {}};
        } catch (const LogGap& gap) {
            return {.end = CaptureEnd::Gap, .why = gap.why};
        }
    }

    const Clock& clock_;
    const LogCaptureLimits limits_;
    WalHolds holds_;
    const Instant held_since_;
};

}  // namespace

std::unique_ptr<LogCapture> capture_sqlite_log(const fs::path& path, const Clock& clock, const LogCaptureLimits& limits) {
    return std::make_unique<SqliteLogCapture>(path, clock, limits);
}

}  // namespace holdfast
