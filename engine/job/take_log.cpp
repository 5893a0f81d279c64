#include "engine/job/take_log.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/job/care_for_log.hpp"
#include "engine/job/database_clock.hpp"
#include "engine/job/log_bridge.hpp"
#include "engine/job/log_lock.hpp"
#include "engine/job/log_stream.hpp"
#include "engine/job/receive_wal.hpp"

namespace holdfast {
namespace {

class LogBackup {
public:
    LogBackup(const Installation& installation, const DatabaseSpec& spec, const DatabaseLock& lock, Progress& progress, CancelToken cancel)
        : clock_(installation, spec), installation_(with_clock(installation, clock_)), spec_(spec), lock_(lock), progress_(progress), cancel_(std::move(cancel)) {}

    LogDone run() {
        const std::string gap = go_on();
        if (!gap.empty()) begin_anew(gap);
        return std::move(done_);
    }

private:
    WorkContext work() const { return {.clock = installation_.clock, .progress = progress_, .cancel = cancel_}; }

    // Returns why the newest stream does not go on; empty: it did.
    std::string go_on() {
        const auto capture = open_capture();
        last_ = continue_stream(installation_, spec_);
        if (!last_) return "nothing to go on with";
        return capture_into(*capture, *last_);
    }

    // Where every program has closed the database its log is gone, and nothing proves that it would have gone on. While the stream has
    // only its base, comparing pages with that tells as well: where none has changed, nothing is taken and the stream stays.
    void begin_anew(const std::string& why) {
        const bool may_stay = last_ && last_->writer->facts().transactions == 0;
        if (last_ && !may_stay) WindowKeeper(installation_, *last_).record(why);
        const Instant looked = clock_.now();
        const auto capture = open_capture();
        const std::optional<PointId> unless_as = may_stay ? std::optional(last_->writer->facts().base) : std::nullopt;
        std::optional<OpenedLog> log = begin_stream(installation_, spec_, "begin of a log", unless_as, lock_, progress_, cancel_);
        if (!log) return stay(looked);
        if (may_stay) WindowKeeper(installation_, *last_).record(why);
        done_.notes.push_back(fmt::format("a new log begins: {}", why));
        const std::string gap = capture_into(*capture, *log);
        if (gap.empty()) return;
        WindowKeeper(installation_, *log).record(gap);
        throw Error(ErrorCode::Changed, fmt::format("the log of {} does not hold still: {}", spec_.name.str(), gap), "Try again.");
    }

    void stay(Instant looked) {
        WindowKeeper window(installation_, *last_);
        window.reached(looked);
        window.record("");
        done_.until = looked;
    }

    std::unique_ptr<LogCapture> open_capture() const {
        return installation_.providers.of(spec_.engine).capture_log(live_place_of(spec_), work());
    }

    std::string capture_into(LogCapture& capture, OpenedLog& log) {
        WindowKeeper window(installation_, log);
        const std::uint64_t before = log.writer->facts().bytes;
        LogBridge bridge(*log.writer, [&](Instant until) {
            window.reached(until);
            done_.until = std::max(done_.until, until);
        });
        const CaptureResult result = capture.once(log.writer->facts().mark, bridge, cancel_);
        done_.transactions += bridge.transactions();
        done_.read_bytes += bridge.captured_bytes();
        done_.stored_bytes += log.writer->facts().bytes - before;
        throw_if_cancelled(cancel_);
        if (result.end == CaptureEnd::Gap) return result.why;
        window.record("");
        done_.until = std::max(done_.until, log.writer->facts().until);
        care_for_log(installation_, log.store, spec_, progress_, cancel_);
        return {};
    }

    const DatabaseClock clock_;
    const Installation installation_;
    const DatabaseSpec& spec_;
    const DatabaseLock& lock_;
    Progress& progress_;
    CancelToken cancel_;
    std::optional<OpenedLog> last_;   // The newest stream before this log backup.
    LogDone done_;
};

}  // namespace

LogDone take_log(const Installation& installation, const DatabaseSpec& spec, const DatabaseLock& lock, Progress& progress, CancelToken cancel) {
    std::optional<LockFile> log_lock;
    try {
        log_lock.emplace(take_log_lock(installation, spec.name, "a log backup"));
    } catch (const Error& error) {
        if (error.code != ErrorCode::Busy) throw;
        LogDone done;
        done.until = installation.clock.now();
        done.notes.push_back(fmt::format("{} is followed just now, so there is nothing to do: {}", spec.name.str(), error.message));
        return done;
    }
    if (keeps_wal(installation, spec)) return take_wal(installation, spec, lock, progress, std::move(cancel));
    return LogBackup(installation, spec, lock, progress, std::move(cancel)).run();
}

}  // namespace holdfast
