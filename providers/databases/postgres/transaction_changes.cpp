#include "providers/databases/postgres/transaction_changes.hpp"

#include <algorithm>

#include "providers/databases/postgres/wal_events.hpp"
#include "providers/databases/postgres/wal_records.hpp"

namespace holdfast {
namespace {

constexpr std::uint8_t kHeapOperation = 0x70, kInsert = 0x00, kDelete = 0x10, kUpdate = 0x20, kHotUpdate = 0x40;
constexpr std::uint8_t kMultiInsert = 0x50;
constexpr std::uint8_t kDeleteOfSpeculative = 0x08;   // xl_heap_delete.flags: an insert that is taken back at once.
constexpr std::size_t kDeleteFlagsAt = 7, kMultiCountAt = 2, kNextXidAt = 12;
constexpr std::uint8_t kStandbySource = 8, kRunningTransactions = 0x10, kOperationBits = 0xf0;
constexpr std::uint8_t kFileCreate = 0x10;
constexpr std::uint32_t kCatalogOfRelations = 1259;   // pg_class: the number of its files while it was never rewritten.
constexpr std::size_t kOpenMost = 100'000;            // Transactions that are not ended yet; beyond that the oldest are given up.

using Relations = std::map<RelationFiles, RelationChange>;

struct Open {
    Relations relations;
    std::uint64_t catalog_deletes = 0;
};

RelationChange& change_of(Open& open, const RelationFiles& relation) {
    RelationChange& change = open.relations[relation];
    change.space = relation.space;
    change.database = relation.database;
    change.relation = relation.relation;
    return change;
}

// Rows that a record of the heap puts in, changes or takes out.
void count_rows(const WalRecord& record, Open& open) {
    if (record.blocks.empty()) return;
    RelationChange& change = change_of(open, record.blocks.front().relation);
    const std::uint8_t operation = record.kind & kHeapOperation;
    if (record.is(WalSource::Heap2)) {
        if (operation == kMultiInsert && record.main.size() >= kMultiCountAt + 2) change.inserted += ByteReader(record.main.subspan(kMultiCountAt, 2)).u16();
        return;
    }
    if (operation == kInsert) ++change.inserted;
    if (operation == kUpdate || operation == kHotUpdate) ++change.updated;
    if (operation != kDelete) return;
    const bool taken_back = record.main.size() > kDeleteFlagsAt && (static_cast<std::uint8_t>(record.main[kDeleteFlagsAt]) & kDeleteOfSpeculative) != 0;
    if (taken_back) change.inserted -= std::min<std::uint64_t>(1, change.inserted);
    else ++change.deleted;
    if (change.relation == kCatalogOfRelations && !taken_back) ++open.catalog_deletes;
}

void join(Open& into, const Open& part) {
    into.catalog_deletes += part.catalog_deletes;
    for (const auto& [files, change] : part.relations) {
        RelationChange& sum = change_of(into, files);
        sum.inserted += change.inserted;
        sum.updated += change.updated;
        sum.deleted += change.deleted;
        sum.made = sum.made || change.made;
        sum.cut = sum.cut || change.cut;
    }
}

class Changes final : public WalChanges {
public:
    Changes(const WalHead& head, Lsn begin) : records_(begin, head.segment_bytes) { records_.assume_version(head.version); }

    void feed(ByteView bytes, const std::function<void(const TransactionChanges&)>& committed) override {
        records_.feed(bytes, [&](const WalRecord& record) { take(record, committed); });
    }
    std::optional<std::uint32_t> complete_from() const override { return complete_from_; }

private:
    void take(const WalRecord& record, const std::function<void(const TransactionChanges&)>& committed) {
        if (record.source == kStandbySource && (record.kind & kOperationBits) == kRunningTransactions && !complete_from_) {
            ByteReader in(record.main, "a record of the write-ahead log");
            in.raw(kNextXidAt);
            complete_from_ = in.u32();
        }
        if (const auto end = transaction_end_in(record)) return finish(record, *end, committed);
        if (record.xid == 0) return;
        if (record.is(WalSource::Heap) || record.is(WalSource::Heap2)) return count_rows(record, open(record.xid));
        if (const auto cut = relation_cut_in(record)) {
            if (!cut->main_blocks) return;
            RelationChange& change = change_of(open(record.xid), cut->relation);
            const bool made = (record.kind & kOperationBits) == kFileCreate;
            change.made = change.made || made;
            change.cut = change.cut || !made;
        }
    }

    Open& open(std::uint32_t xid) {
        if (open_.size() >= kOpenMost && !open_.contains(xid)) open_.erase(open_.begin());
        return open_[xid];
    }

    void finish(const WalRecord& record, const TransactionEnd& end, const std::function<void(const TransactionChanges&)>& committed) {
        Open all;
        for (const std::uint32_t xid : end.children) add_and_forget(xid, all);
        add_and_forget(end.xid, all);
        if (!end.committed) return;
        for (const RelationFiles& relation : end.removed) change_of(all, relation).removed = true;
        TransactionChanges changes{.xid = end.xid, .at = record.at, .relations = {}, .catalog_deletes = all.catalog_deletes};
        for (const auto& [files, change] : all.relations) changes.relations.push_back(change);
        committed(changes);
    }

    void add_and_forget(std::uint32_t xid, Open& all) {
        const auto found = open_.find(xid);
        if (found == open_.end()) return;
        join(all, found->second);
        open_.erase(found);
    }

    WalRecords records_;
    std::map<std::uint32_t, Open> open_;
    std::optional<std::uint32_t> complete_from_;
};

}  // namespace

std::unique_ptr<WalChanges> read_transaction_changes(const WalHead& head, Lsn begin) { return std::make_unique<Changes>(head, begin); }

}  // namespace holdfast
