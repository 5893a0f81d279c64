#include "engine/job/receive_wal.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/job/follow_loop.hpp"
#include "engine/job/open_repository.hpp"
#include "engine/job/take_backup.hpp"
#include "engine/job/wal_care.hpp"
#include "engine/recovery/wal_log.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kSmallPiecesMost = 64;     // Of one unit: then they become one.
constexpr Duration kRecordEvery = std::chrono::seconds(10);

const StoreName& written_store(const Installation& installation, const DatabaseSpec& spec) { return installation.environment_of(spec).copies.at(0); }

// What came last must be of the timeline that the newest point is on: a cluster that was put back is on an older one, and has no point there.
bool can_replay(const Installation& installation, const DatabaseSpec& spec, const std::optional<WalBranch>& came) {
    const auto log = WalLog::find(installation, spec.name, written_store(installation, spec));
    return log && (!came || log->branch() == *came) && !log->starts().empty() && log->reach(log->starts().front()) >= log->starts().front().stop;
}

// One reception into one store, and what the catalog says of it meanwhile.
class Reception {
public:
    Reception(const Installation& installation, const DatabaseSpec& spec, const WorkContext& work)
        : installation_(installation), spec_(spec), work_(work), provider_(installation.providers.of(spec.engine)),
          archive_(wal_of(open_for_writing(installation, written_store(installation, spec)), spec.name)),
          sink_(*archive_, wal_engine_of(provider_), [this](std::optional<Instant> until) { durable(until); }) {}

    ReceiveResult receive(bool follow) {
        const ReceiveResult result = wal_engine_of(provider_).receive_wal(live_place_of(spec_), sink_, follow, work_);
        record();
        return result;
    }
    const ArchiveSink& sink() const { return sink_; }
    Instant until() const { return until_; }
    void record() {
        recorded_at_ = work_.clock.steady();
        record_wal(installation_, spec_, written_store(installation_, spec_), until_);
        for (const LogWindow& window : installation_.catalog.windows(spec_.name)) {
            if (window.store == written_store(installation_, spec_) && window.ended.empty()) until_ = std::max(window.until, until_);
        }
        copy_wal(installation_, spec_);
    }

private:
    void durable(std::optional<Instant> until) {
        if (until) until_ = std::max(until_, *until);
        if (work_.clock.steady() - recorded_at_ >= kRecordEvery) record();
    }

    const Installation& installation_;
    const DatabaseSpec& spec_;
    const WorkContext& work_;
    Provider& provider_;
    std::unique_ptr<WalArchive> archive_;
    ArchiveSink sink_;
    Instant until_{};
    Duration recorded_at_{0};
};

void take_base(const Installation& installation, const DatabaseSpec& spec, const std::string& why, const DatabaseLock& lock, Progress& progress, const CancelToken& cancel) {
    const BackupTask task{.database = spec, .kind = std::nullopt, .slot = std::nullopt, .keep_until = std::nullopt, .why = why, .key = {}};
    take_backup(installation, task, lock, progress, cancel);
}

class WalFollower {
public:
    WalFollower(const Installation& installation, const DatabaseSpec& spec, const FollowOptions& options, CancelToken cancel)
        : installation_(installation), spec_(spec), options_(options), cancel_(std::move(cancel)),
          work_{.clock = installation.clock, .progress = quiet_, .cancel = cancel_},
          loop_(installation, spec.name, options, cancel_) {}

    FollowOutcome run() {
        // Other bytes in the same place of a log stay what they are.
        loop_.run(outcome_, [&] { follow(); }, ErrorCode::AlreadyExists);
        return outcome_;
    }

private:
    void follow() {
        catch_up();
        loop_.started();
        loop_.tell(FollowEvent::Kind::Following, fmt::format("{} is followed: its log is received", spec_.name.str()));
        receive(true);
    }

    // First what has been written already: only behind that is a point of use, where one has to be taken.
    void catch_up() {
        std::string gap = receive(false);
        if (gap.empty() && can_replay(installation_, spec_, came_)) return;
        while (!cancel_.stop_requested()) {
            try {
                const DatabaseLock lock = DatabaseLock::take(installation_, spec_.name, "the begin of a log");
                return take_base(installation_, spec_, gap.empty() ? "begin of a log" : "after a gap: " + gap, lock, quiet_, cancel_);
            } catch (const Error& error) {
                if (error.code != ErrorCode::Busy) throw;
                loop_.pause(options_.wait_first);
            }
        }
    }

    // Returns what is missing, where something is.
    std::string receive(bool follow) {
        Reception reception(installation_, spec_, work_);
        const auto count = [&] {
            if (reception.sink().branch()) came_ = reception.sink().branch();
            outcome_.transactions += reception.sink().transactions();
            outcome_.stored_bytes += reception.sink().stored_bytes();
            outcome_.until = std::max(outcome_.until, reception.until());
        };
        try {
            const ReceiveResult result = reception.receive(follow);
            count();
            if (result.why.empty()) return {};
            ++outcome_.gaps;
            loop_.tell(FollowEvent::Kind::Gap, fmt::format("the log of {} has a gap: {}; another recovery point begins behind it", spec_.name.str(), result.why));
            return result.why;
        } catch (const Error&) {
            count();
            throw;
        }
    }

    const Installation& installation_;
    const DatabaseSpec& spec_;
    const FollowOptions& options_;
    CancelToken cancel_;
    NoProgress quiet_;
    WorkContext work_;
    FollowLoop loop_;
    FollowOutcome outcome_;
    std::optional<WalBranch> came_;
};

}  // namespace

bool keeps_wal(const Installation& installation, const DatabaseSpec& spec) {
    return dynamic_cast<WalEngine*>(&installation.providers.of(spec.engine)) != nullptr;
}

LogDone take_wal(const Installation& installation, const DatabaseSpec& spec, const DatabaseLock& lock, Progress& progress, CancelToken cancel) {
    const WorkContext work{.clock = installation.clock, .progress = progress, .cancel = cancel};
    LogDone done;
    std::optional<WalBranch> came;
    const auto receive = [&] {
        Reception reception(installation, spec, work);
        const ReceiveResult result = reception.receive(false);
        throw_if_cancelled(cancel);
        came = reception.sink().branch();
        done.transactions += reception.sink().transactions();
        done.read_bytes += reception.sink().received_bytes();
        done.stored_bytes += reception.sink().stored_bytes();
        done.until = std::max(done.until, reception.until());
        return result.why;
    };
    const std::string gap = receive();
    if (!gap.empty()) done.notes.push_back(fmt::format("the log has a gap: {}", gap));
    if (!gap.empty() || !can_replay(installation, spec, came)) {
        take_base(installation, spec, gap.empty() ? "begin of a log" : "after a gap: " + gap, lock, progress, cancel);
        done.notes.emplace_back("a recovery point was taken, from which the log can be replayed");
        // The point is whole only with what was logged while it was taken.
        receive();
    }
    return done;
}

FollowOutcome follow_wal(const Installation& installation, const DatabaseSpec& spec, const FollowOptions& options, CancelToken cancel) {
    return WalFollower(installation, spec, options, std::move(cancel)).run();
}

std::unique_ptr<WalParsing> begin_wal_reading(const WalArchive& archive, WalEngine& engine, const WalHead& head, Lsn begin) {
    for (const WalPieceFacts& piece : archive.pieces()) {
        if (piece.name.branch != head.branch || piece.name.end != begin) continue;
        const Lsn resume = archive.index_of(piece).resume_at;
        if (resume > begin) return engine.read_wal(head, begin);   // What lies between is padding.
        if (begin - resume > kWalPieceBytesMost) continue;
        Bytes before(begin - resume);
        try {
            archive.read(head.branch, resume, before);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Missing) throw;
            continue;
        }
        auto parsing = engine.read_wal(head, resume);
        parsing->feed(before);
        return parsing;
    }
    return engine.read_wal(head, begin);
}

std::optional<std::pair<TimelineNumber, Lsn>> ArchiveSink::end_of(std::uint64_t system, TimelineNumber newest) {
    std::optional<std::pair<TimelineNumber, Lsn>> end;
    for (const WalRun& run : archive_.runs()) {
        if (run.branch.system == system && run.branch.timeline <= newest) end = std::pair(run.branch.timeline, run.end);   // In order: the newest counts.
    }
    return end;
}

void ArchiveSink::put(const WalHead& head, Lsn begin, ByteView bytes) {
    if (!parsing_ || head_ != head || at_ != begin) {
        head_ = head;
        parsing_ = begin_wal_reading(archive_, engine_, head, begin);
        begin_unit(head, begin);
    }
    while (!bytes.empty()) {
        const ByteView part = bytes.first(std::min<std::uint64_t>(bytes.size(), kWalPieceBytesMost - begin.bytes % kWalPieceBytesMost));
        put_in_unit(head, begin, part);
        begin = begin + part.size();
        bytes = bytes.subspan(part.size());
    }
    at_ = begin;
    on_durable_(std::nullopt);
}

// What the archive has already of the unit that goes on here.
void ArchiveSink::begin_unit(const WalHead& head, Lsn begin) {
    unit_.clear();
    unit_transactions_.clear();
    unit_pieces_ = 0;
    unit_begin_ = begin;
    for (const WalRun& run : archive_.runs()) {
        if (run.branch != head.branch || run.end != begin) continue;
        unit_begin_ = std::max(run.begin, floor_to(begin, kWalPieceBytesMost));
        unit_.resize(begin - unit_begin_);
        archive_.read(head.branch, unit_begin_, unit_);
        archive_.visit_transactions(head.branch, unit_begin_, begin, [&](const WalTransaction& each) {
            unit_transactions_.push_back(each);
            return true;
        });
    }
}

void ArchiveSink::put_in_unit(const WalHead& head, Lsn begin, ByteView bytes) {
    if (begin.bytes % kWalPieceBytesMost == 0) begin_unit(head, begin);
    WalPart part = parsing_->feed(bytes);
    transactions_ += part.transactions.size();
    received_bytes_ += bytes.size();
    unit_.insert(unit_.end(), bytes.begin(), bytes.end());
    unit_transactions_.insert(unit_transactions_.end(), part.transactions.begin(), part.transactions.end());
    const bool whole = (begin + bytes.size()).bytes % kWalPieceBytesMost == 0;
    if (whole || ++unit_pieces_ >= kSmallPiecesMost) {
        put_piece(unit_begin_, unit_, unit_transactions_, part.resume_at);
        unit_pieces_ = 0;
    } else {
        put_piece(begin, bytes, part.transactions, part.resume_at);
    }
}

void ArchiveSink::put_piece(Lsn begin, ByteView bytes, const std::vector<WalTransaction>& transactions, Lsn resume_at) {
    WalPieceIndex index;
    index.segment_bytes = head_.segment_bytes;
    index.version = head_.version;
    index.resume_at = resume_at;
    index.transactions = transactions;
    stored_bytes_ += archive_.put(head_.branch, begin, bytes, std::move(index));
}

}  // namespace holdfast
