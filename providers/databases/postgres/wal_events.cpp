#include "providers/databases/postgres/wal_events.hpp"

#include <limits>

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

constexpr std::int64_t kMicrosTo2000 = 946'684'800'000'000;   // From 1970; the server counts from 2000.
constexpr std::uint8_t kXactBits = 0x70, kXactHasMore = 0x80;
constexpr std::uint8_t kCommit = 0x00, kAbort = 0x20, kCommitPrepared = 0x30, kAbortPrepared = 0x40;
constexpr std::uint32_t kHasDatabase = 1, kHasChildren = 2, kHasRelations = 4, kHasMessages = 8, kHasPrepared = 16, kHasStatistics = 256;
constexpr std::size_t kMessageBytes = 16, kRelationBytes = 12, kStatisticBytes = 16, kStatisticBytesBefore18 = 12;
constexpr std::uint8_t kOperationBits = 0xf0;
constexpr std::uint8_t kStorageCreate = 0x10, kStorageTruncate = 0x20;
constexpr std::uint32_t kCutMain = 1, kCutVisibility = 2;
constexpr std::uint8_t kCheckpointShutdown = 0x00, kCheckpointOnline = 0x10, kRestorePoint = 0x70, kEndOfRecovery = 0x90;
constexpr std::size_t kRestorePointNameBytes = 64;

// What the server writes in front of these lies within a few hundred years; anything else must not overflow.
std::int64_t since_1970(std::uint64_t since_2000) {
    const auto value = static_cast<std::int64_t>(since_2000);
    return value > std::numeric_limits<std::int64_t>::max() - kMicrosTo2000 ? value : value + kMicrosTo2000;
}

RelationFiles read_relation(ByteReader& in) {
    RelationFiles relation;
    relation.space = in.u32();
    relation.database = in.u32();
    relation.relation = in.u32();
    return relation;
}

std::uint8_t operation_of(const WalRecord& record) { return record.kind & kOperationBits; }

ByteReader main_of(const WalRecord& record) { return ByteReader(record.main, "a record of the write-ahead log"); }

void skip(ByteReader& in, std::size_t each_bytes) {
    const std::uint64_t count = in.u32();
    if (count > in.left() / each_bytes) throw Error(ErrorCode::Corrupt, "a record of the write-ahead log that cannot be read");
    in.raw(count * each_bytes);
}

}  // namespace

std::optional<TransactionEnd> transaction_end_in(const WalRecord& record) {
    const std::uint8_t operation = record.kind & kXactBits;
    const bool committed = operation == kCommit || operation == kCommitPrepared;
    if (!record.is(WalSource::Transaction) || (!committed && operation != kAbort && operation != kAbortPrepared)) return std::nullopt;
    ByteReader in = main_of(record);
    TransactionEnd end{.committed = committed, .xid = record.xid, .micros = since_1970(in.u64()), .children = {}, .removed = {}};
    const std::uint32_t more = (record.kind & kXactHasMore) != 0 ? in.u32() : 0;
    if ((more & kHasDatabase) != 0) in.raw(8);
    if ((more & kHasChildren) != 0) {
        const std::uint64_t count = in.u32();
        if (count > in.left() / 4) throw Error(ErrorCode::Corrupt, "a record of the write-ahead log that cannot be read");
        for (std::uint64_t i = 0; i < count; ++i) end.children.push_back(in.u32());
    }
    if ((more & kHasRelations) != 0) {
        const std::uint64_t count = in.u32();
        if (count > in.left() / kRelationBytes) throw Error(ErrorCode::Corrupt, "a record of the write-ahead log that cannot be read");
        for (std::uint64_t i = 0; i < count; ++i) end.removed.push_back(read_relation(in));
    }
    if (operation != kCommitPrepared && operation != kAbortPrepared) return end;
    // The prepared transaction's own number stands behind two more lists.
    if ((more & kHasStatistics) != 0) skip(in, record.version >= 18 ? kStatisticBytes : kStatisticBytesBefore18);
    if (committed && (more & kHasMessages) != 0) skip(in, kMessageBytes);
    if ((more & kHasPrepared) != 0) end.xid = in.u32();
    return end;
}

std::optional<RelationCut> relation_cut_in(const WalRecord& record) {
    if (!record.is(WalSource::Storage)) return std::nullopt;
    ByteReader in = main_of(record);
    RelationCut cut;
    if (operation_of(record) == kStorageCreate) {
        cut.relation = read_relation(in);
        const std::uint32_t fork = in.u32();
        if (fork == static_cast<std::uint32_t>(RelationFork::Main)) cut.main_blocks = 0;
        if (fork == static_cast<std::uint32_t>(RelationFork::Visibility)) cut.visibility_blocks = 0;
        return cut;
    }
    if (operation_of(record) != kStorageTruncate) return std::nullopt;
    const std::uint32_t blocks = in.u32();
    cut.relation = read_relation(in);
    const std::uint32_t forks = in.u32();
    if ((forks & kCutMain) != 0) cut.main_blocks = blocks;
    if ((forks & kCutVisibility) != 0) cut.visibility_blocks = 0;   // How far it is cut depends on its layout: nothing of it is believed.
    return cut;
}

std::optional<RestorePointName> restore_point_in(const WalRecord& record) {
    if (!record.is(WalSource::Log) || operation_of(record) != kRestorePoint) return std::nullopt;
    ByteReader in = main_of(record);
    RestorePointName point;
    point.micros = since_1970(in.u64());
    const std::string_view name = as_text(in.raw(kRestorePointNameBytes));
    point.name = name.substr(0, name.find('\0'));
    return point;
}

std::optional<TimelineMark> timeline_mark_in(const WalRecord& record) {
    if (!record.is(WalSource::Log)) return std::nullopt;
    const std::uint8_t operation = operation_of(record);
    ByteReader in = main_of(record);
    TimelineMark mark;
    if (operation == kCheckpointShutdown || operation == kCheckpointOnline) mark.redo = Lsn{in.u64()};
    else if (operation == kEndOfRecovery) in.u64();
    else return std::nullopt;
    mark.timeline = in.u32();
    mark.before = in.u32();
    return mark;
}

std::optional<RelationFiles> database_change_in(const WalRecord& record) {
    if (!record.is(WalSource::Database)) return std::nullopt;
    ByteReader in = main_of(record);
    const std::uint8_t operation = operation_of(record), drop = record.version >= 15 ? 0x20 : 0x10;
    RelationFiles changed;
    changed.database = in.u32();
    if (operation != drop) changed.space = in.u32();
    return changed;
}

std::optional<WalTransaction> listed_transaction_in(const WalRecord& record) {
    if (const auto end = transaction_end_in(record); end && end->committed) {
        return WalTransaction{.at = record.at, .end = record.end, .xid = end->xid, .micros = end->micros, .restore_point = {}};
    }
    if (auto point = restore_point_in(record)) {
        return WalTransaction{.at = record.at, .end = record.end, .xid = 0, .micros = point->micros, .restore_point = std::move(point->name)};
    }
    return std::nullopt;
}

}  // namespace holdfast
