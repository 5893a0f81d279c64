// Receives a server's log into the repository: once, as a log backup does, or while it is written.
//
// What a server logs goes into the store of the environment that backups are written to, a little at a time, and becomes whole pieces of
// 16 MiB there; the server is told only then that it need not keep it. A recovery point from which the log can be replayed is taken
// where there is none, or where a part of the log is missing: what is behind the gap is then recoverable from it.
#pragma once

#include "engine/job/follow.hpp"
#include "engine/job/take_log.hpp"
#include "engine/provider/wal.hpp"
#include "engine/repository/wal_archive.hpp"

namespace holdfast {

// Whether the database's engine keeps its log as bytes.
bool keeps_wal(const Installation& installation, const DatabaseSpec& spec);

// As take_log() and follow().
LogDone take_wal(const Installation& installation, const DatabaseSpec& spec, const DatabaseLock& lock, Progress& progress, CancelToken cancel);
FollowOutcome follow_wal(const Installation& installation, const DatabaseSpec& spec, const FollowOptions& options, CancelToken cancel);

// A reader of records that begins at `begin`, or where a record goes on there that began before: it was fed then what the archive has of
// it.
std::unique_ptr<WalParsing> begin_wal_reading(const WalArchive& archive, WalEngine& engine, const WalHead& head, Lsn begin);

// Puts what a receiver brings into an archive.
class ArchiveSink final : public WalSink {
public:
    // `on_durable` is called with the moment up to which everything that was committed is in the store, where that is known anew.
    ArchiveSink(WalArchive& archive, WalEngine& engine, std::function<void(std::optional<Instant>)> on_durable)
        : archive_(archive), engine_(engine), on_durable_(std::move(on_durable)) {}
    std::optional<std::pair<TimelineNumber, Lsn>> end_of(std::uint64_t system, TimelineNumber newest) override;
    void put(const WalHead& head, Lsn begin, ByteView bytes) override;
    void put_history(std::uint64_t system, const std::string& name, ByteView bytes) override { archive_.put_file(system, name, bytes); }
    void nothing_new(Instant now) override { on_durable_(now); }

    // Of what came last; nothing: nothing came.
    std::optional<WalBranch> branch() const { return parsing_ ? std::optional(head_.branch) : std::nullopt; }
    std::uint64_t transactions() const { return transactions_; }
    std::uint64_t received_bytes() const { return received_bytes_; }
    std::uint64_t stored_bytes() const { return stored_bytes_; }     // What that took in the store, merged pieces too.

private:
    void begin_unit(const WalHead& head, Lsn begin);
    void put_in_unit(const WalHead& head, Lsn begin, ByteView bytes);
    void put_piece(Lsn begin, ByteView bytes, const std::vector<WalTransaction>& transactions, Lsn resume_at);

    WalArchive& archive_;
    WalEngine& engine_;
    std::function<void(std::optional<Instant>)> on_durable_;
    WalHead head_;
    std::unique_ptr<WalParsing> parsing_;
    Lsn at_;                                       // Behind all that was put.
    // What becomes one piece in the end.
    Lsn unit_begin_;
    Bytes unit_;
    std::vector<WalTransaction> unit_transactions_;
    std::size_t unit_pieces_ = 0;
    std::uint64_t transactions_ = 0, received_bytes_ = 0, stored_bytes_ = 0;
};

}  // namespace holdfast
