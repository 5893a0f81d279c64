// A server's write-ahead log in one store, as recovery sees it: which recovery points replay can begin at, how far it then gets without
// a gap, over changes of the timeline too, and which transactions lie on the way.
#pragma once

#include "engine/model/log.hpp"
#include "engine/provider/wal.hpp"
#include "engine/recovery/installation.hpp"
#include "engine/repository/wal_archive.hpp"

namespace holdfast {

// A point that replay can begin at, by what its provider wrote down.
struct WalStart {
    RecoveryPoint point;
    TimelineNumber timeline = 0;
    Lsn start, stop;                 // Replay begins at `start`; the state is whole from `stop` on.
};

class WalLog {
public:
    // Of the cluster that the newest point is of, on the newest of the timelines that this point is on; nothing where the store has no log of it.
    static std::optional<WalLog> find(const Installation& installation, const DatabaseName& database, const StoreName& store);

    const StoreName& store() const { return store_; }
    const WalBranch& branch() const { return branch_; }
    LogStreamId stream() const;                                        // The branch's name in positions.
    const std::vector<WalStart>& starts() const { return starts_; }    // Newest first.
    const std::vector<WalRun>& runs() const { return runs_; }
    std::uint64_t stored_bytes() const;
    // How far the log reaches without a gap from where this point begins; its own `start` where the log does not have that.
    Lsn reach(const WalStart& start) const;
    // Transactions whose records begin at or behind `from` and end at or before `until`, along the timelines; false ends it.
    void visit(Lsn from, Lsn until, const std::function<bool(const WalTransaction&)>& visit) const;
    bool is_on_path(const WalBranch& branch) const;
    // The segments that replay from `start` to `until` needs, each on the newest timeline that has it.
    std::vector<WalSegment> segments(const WalStart& start, Lsn until) const;
    // The one that has this place, on the newest timeline that has it; nothing where the log does not.
    std::optional<WalSegment> segment_at(Lsn at) const;
    std::uint32_t segment_bytes() const { return segment_bytes_; }
    // Fills `out` with a segment, zeros behind what the log has of it.
    void read_segment(const WalSegment& segment, std::span<std::byte> out) const;
    std::vector<std::pair<std::string, Bytes>> histories() const;      // Of all timelines that the store has, by their names.

private:
    WalLog() = default;
    bool begins_on_path(const WalStart& start) const;
    TimelineNumber newest_with(Lsn first, Lsn at) const;

    StoreName store_;
    WalBranch branch_;
    std::shared_ptr<WalArchive> archive_;     // Shared: a log is copied about.
    std::vector<TimelineSwitch> path_;        // The last one is the branch itself, and has no end.
    std::vector<WalRun> runs_;                // Of the timelines on the path.
    std::vector<WalStart> starts_;
    std::uint32_t segment_bytes_ = 0;
};

// What somebody asks a server's log for.
struct WalAsked {
    std::optional<Instant> before;              // Everything strictly before it …
    std::optional<Lsn> before_record;           // … or before the record that begins there …
    std::optional<Lsn> until;                   // … or everything with the record there …
    std::optional<std::uint32_t> xid;           // … or with this transaction's commit …
    std::string name;                           // … or up to this restore point. The newest state without any of them.
};
// Throws CannotRecover with the nearest states.
RecoveryTarget find_in_wal(const WalLog& log, const WalAsked& asked);

// The latest state that any store's log gives; nothing where none gives one.
std::optional<RecoveryTarget> newest_in_wal(const Installation& installation, const DatabaseName& database, const WalAsked& asked);
// The same, but throws CannotRecover with the nearest states.
RecoveryTarget find_wal_target(const Installation& installation, const DatabaseName& database, const WalAsked& asked);

// Every log of the database, of all its stores that can be read.
std::vector<WalLog> wal_logs(const Installation& installation, const DatabaseName& database);

// Puts the histories there, so that whoever replays to an earlier place takes none of these timelines for a new one.
void stage_histories(const WalLog& log, const fs::path& folder);
// Writes what replay needs into the log folder of a restored copy, several segments at once, and sets the copy to replay it.
void stage_wal(const WalLog& log, const PointId& point, Lsn until, WalEngine& engine, const fs::path& copy, const WorkContext& work);

// What the catalog says of the log of a database in this store: newest first, and one for each part that is not followed by more of it. The base of
// each is the newest point from which everything since `promised` can be reached, or the oldest there is: the others need not stay for the log.
std::vector<LogWindow> wal_windows(const Installation& installation, const DatabaseName& database, const StoreName& store, Instant promised);

// What of the log in this store is needed no more, oldest first: it is older than `promised`, in front of that base, and no recovery point
// needs it to become whole.
std::vector<WalPieceFacts> wal_to_expire(const Installation& installation, const DatabaseName& database, const StoreName& store, Instant promised);

}  // namespace holdfast
