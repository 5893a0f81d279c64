#include "engine/job/follow.hpp"

#include <condition_variable>
#include <thread>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "engine/job/care_for_log.hpp"
#include "engine/job/database_clock.hpp"
#include "engine/job/follow_loop.hpp"
#include "engine/job/log_bridge.hpp"
#include "engine/job/log_stream.hpp"
#include "engine/job/receive_wal.hpp"

namespace holdfast {
namespace {

// One stream and the capture that feeds it.
struct Leg {
    std::unique_ptr<LogCapture> capture;
    OpenedLog log;
};

class Follower {
public:
    Follower(const Installation& installation, const DatabaseSpec& spec, const FollowOptions& options, CancelToken cancel)
        : clock_(installation, spec), installation_(with_clock(installation, clock_)), spec_(spec), options_(options), cancel_(std::move(cancel)),
          loop_(installation_, spec.name, options, cancel_) {}

    FollowOutcome run() {
        loop_.run(outcome_, [&] { follow_legs(); });
        return outcome_;
    }

private:
    WorkContext work() { return {.clock = installation_.clock, .progress = quiet_, .cancel = cancel_}; }
    std::unique_ptr<LogCapture> open_capture() { return installation_.providers.of(spec_.engine).capture_log(live_place_of(spec_), work()); }

    // Stream after stream, each joined to the one before, until a gap or a stop.
    void follow_legs() {
        std::optional<Leg> leg = first_leg();
        while (leg) leg = follow_leg(std::move(*leg));
    }

    Leg first_leg() {
        auto capture = open_capture();
        if (auto log = continue_stream(installation_, spec_)) return {std::move(capture), std::move(*log)};
        return new_leg(std::move(capture), gap_.empty() ? "begin of a log" : "after a gap: " + gap_);
    }

    Leg new_leg(std::unique_ptr<LogCapture> capture, const std::string& why) {
        while (true) {
            throw_if_cancelled(cancel_);
            try {
                const DatabaseLock lock = DatabaseLock::take(installation_, spec_.name, "the begin of a log");
                return {std::move(capture), std::move(*begin_stream(installation_, spec_, why, std::nullopt, lock, quiet_, cancel_))};
            } catch (const Error& error) {
                // A backup runs just now. The capture holds what is committed meanwhile.
                if (error.code != ErrorCode::Busy) throw;
                loop_.pause(options_.wait_first);
            }
        }
    }

    // Only once it is true: the capture goes on where the stream ends.
    void announce(const LogStreamFacts& facts) {
        outcome_.until = std::max(outcome_.until, facts.until);
        loop_.tell(FollowEvent::Kind::Following, fmt::format("{} is followed: stream {} after point {}, {} in it", spec_.name.str(), facts.stream.str().substr(0, 10),
                                                       facts.base.str().substr(0, 10), counted(facts.transactions, "transaction")));
        loop_.started();
    }

    // Returns the next leg where this one was to be renewed, nothing after a gap or a stop.
    std::optional<Leg> follow_leg(Leg leg) {
        WindowKeeper window(installation_, leg.log);
        const std::uint64_t bytes_before = leg.log.writer->facts().bytes;
        LogBridge bridge(
            *leg.log.writer,
            [&](Instant until) {
                window.reached(until);
                outcome_.until = std::max(outcome_.until, until);
            },
            [&] { announce(leg.log.writer->facts()); });
        std::stop_source stop;
        const std::stop_callback stop_with_all(cancel_, [&stop] { stop.request_stop(); });
        std::optional<Leg> next;
        CaptureResult result;
        {
            const std::jthread carer([&](const std::stop_token& ended) { care(ended, leg.log, bridge, next, stop); });
            result = leg.capture->follow(leg.log.writer->facts().mark, bridge, stop.get_token());
        }
        outcome_.transactions += bridge.transactions();
        outcome_.stored_bytes += leg.log.writer->facts().bytes - bytes_before;
        if (result.end == CaptureEnd::Gap) {
            gap_ = result.why;
            ++outcome_.gaps;
            loop_.tell(FollowEvent::Kind::Gap, fmt::format("{} cannot be followed without a gap: {}; the pages are compared instead", spec_.name.str(), result.why));
        }
        window.record(result.end == CaptureEnd::Gap ? result.why : next ? fmt::format("another stream, {}, goes on", next->log.writer->facts().stream.str()) : "");
        if (next) loop_.tell(FollowEvent::Kind::Renewed, fmt::format("{} goes on in stream {}", spec_.name.str(), next->log.writer->facts().stream.str().substr(0, 10)));
        if (result.end == CaptureEnd::Gap && next) return next;   // Its point was taken after whatever was lost.
        return result.end == CaptureEnd::Stopped && !cancel_.stop_requested() ? std::move(next) : std::nullopt;
    }

    // Beside the capture: merges, copies, and prepares the next stream when it is time. Ends with the leg.
    void care(const std::stop_token& ended, const OpenedLog& log, const LogBridge& bridge, std::optional<Leg>& next, std::stop_source& stop) {
        std::mutex mutex;
        std::condition_variable_any woken;
        while (true) {
            {
                std::unique_lock lock(mutex);
                woken.wait_for(lock, ended, options_.care_every, [] { return false; });
            }
            if (ended.stop_requested() || cancel_.stop_requested()) return;
            try {
                care_for_log(installation_, log.store, spec_, quiet_, ended);
                if (!is_due_for_renewal(log, bridge)) continue;
                next = new_leg(open_capture(), "a log goes on from here");
                stop.request_stop();
                return;
            } catch (const Error& error) {
                if (error.code == ErrorCode::Cancelled) return;
                log_warning("caring for the log of {}: {}", spec_.name.str(), error.message);
            } catch (const std::exception& error) {
                // A defect here must not keep transactions from being captured.
                log_warning("caring for the log of {}: internal: {}", spec_.name.str(), error.what());
            }
        }
    }

    bool is_due_for_renewal(const OpenedLog& log, const LogBridge& bridge) const {
        if (bridge.transactions() >= options_.renew_after) return true;
        const PointId base = log.writer->facts().base;
        const Instant from = log.writer->facts().from;
        for (const RecoveryPoint& point : installation_.catalog.points(spec_.name)) {
            if (point.kind == BackupKind::Full && point.id != base && point.instant > from && point.soundness != Soundness::Damaged) return true;
        }
        return false;
    }

    const DatabaseClock clock_;
    const Installation installation_;
    const DatabaseSpec& spec_;
    const FollowOptions& options_;
    CancelToken cancel_;
    NoProgress quiet_;
    FollowLoop loop_;
    FollowOutcome outcome_;
    std::string gap_;
};

}  // namespace

FollowOutcome follow(const Installation& installation, const DatabaseName& database, const FollowOptions& options, CancelToken cancel) {
    const DatabaseSpec& spec = installation.database(database);
    if (keeps_wal(installation, spec)) return follow_wal(installation, spec, options, std::move(cancel));
    return Follower(installation, spec, options, std::move(cancel)).run();
}

}  // namespace holdfast
