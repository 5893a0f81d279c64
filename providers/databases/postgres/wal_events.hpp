// What single records of the write-ahead log say: transactions that ended, relations that were cut off or removed, names that were given
// to a place, changes of the timeline. Source: PostgreSQL's xact.h, storage_xlog.h, xlog_internal.h and pg_control.h.
#pragma once

#include <optional>

#include "engine/model/wal.hpp"
#include "providers/databases/postgres/wal_record.hpp"

namespace holdfast {

struct TransactionEnd {
    bool committed = false;
    std::uint32_t xid = 0;                     // Of a prepared one: its own, not the one of who ended it.
    std::int64_t micros = 0;                   // Since 1970.
    std::vector<std::uint32_t> children;       // Its subtransactions.
    std::vector<RelationFiles> removed;        // Relations whose files go with it: dropped, truncated by TRUNCATE, rewritten.
};
// Nothing where the record is no commit or abort. Throws Corrupt.
std::optional<TransactionEnd> transaction_end_in(const WalRecord& record);

// A relation was made, or cut off.
struct RelationCut {
    RelationFiles relation;
    std::optional<std::uint32_t> main_blocks, visibility_blocks;   // So many are left of those forks.
};
std::optional<RelationCut> relation_cut_in(const WalRecord& record);

struct RestorePointName {
    std::string name;
    std::int64_t micros = 0;
};
std::optional<RestorePointName> restore_point_in(const WalRecord& record);

// A checkpoint, or the end of a recovery, says on which timeline the server is from here on.
struct TimelineMark {
    TimelineNumber timeline = 0, before = 0;
    std::optional<Lsn> redo;                   // Of a checkpoint.
    bool is_new() const { return timeline != before; }
};
std::optional<TimelineMark> timeline_mark_in(const WalRecord& record);

// A database was made or dropped: none of its files is what it was. Gives (database, space); space 0: in all.
std::optional<RelationFiles> database_change_in(const WalRecord& record);

// As the log of a database is listed: commits and restore points. Nothing for others.
std::optional<WalTransaction> listed_transaction_in(const WalRecord& record);

}  // namespace holdfast
