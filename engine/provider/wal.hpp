// How an engine whose log is kept as its bytes (PostgreSQL) reads that log, and makes a restored copy replay it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/cancel.hpp"
#include "engine/base/file.hpp"
#include "engine/model/wal_names.hpp"
#include "engine/provider/query.hpp"

namespace holdfast {

class Provider;
struct CopyOpening;
struct Place;
struct WorkContext;

// What the first bytes of a segment say.
struct WalHead {
    WalBranch branch;
    Lsn begin;
    std::uint32_t segment_bytes = 0;
    std::uint32_t version = 0;       // Major version of the server.
    bool operator==(const WalHead&) const = default;
};

struct WalPart {
    std::vector<WalTransaction> transactions;   // Whose records ended in what was fed.
    Lsn resume_at;                   // Who goes on later must be fed from here on.
    bool ended = false;              // There is nothing behind resume_at in this segment: it is partial, or was switched away from.
};

// Reads bytes of a log in order, however they are cut.
class WalParsing {
public:
    virtual ~WalParsing() = default;
    virtual WalPart feed(ByteView bytes) = 0;   // Throws Corrupt.
};

// How far a restored copy replays its log before it waits to be looked at.
struct ReplayTarget {
    WalBranch branch;
    Lsn until;                       // With the record that begins there.
};

// What is in the store of a server's log.
class ArchivedWal {
public:
    virtual ~ArchivedWal() = default;
    // Fills `out` with what begins at `from`. Throws Missing that says where bytes are missing.
    virtual void read(const WalBranch& branch, Lsn from, std::span<std::byte> out) = 0;
};

// A restored copy whose server replays the log as far as it is given, and can be asked there; then further. It only ever goes forward.
class WalStepping {
public:
    virtual ~WalStepping() = default;
    // Waits until everything in front of `end`, which stands in its log folder by now, is replayed. Throws Corrupt or Unavailable where it does not get there.
    virtual void wait_for(Lsn end) = 0;
    // Of the state that it is in.
    virtual SqlReader& sql() = 0;
};

// What one transaction did to one relation.
struct RelationChange {
    std::uint32_t space = 0, database = 0, relation = 0;   // The files that it had then.
    std::uint64_t inserted = 0, updated = 0, deleted = 0;   // Rows.
    bool made = false, removed = false, cut = false;        // Its files were made, went, or it was truncated in place.
};
struct TransactionChanges {
    std::uint32_t xid = 0;
    Lsn at;                          // Of its commit record.
    std::vector<RelationChange> relations;
    std::uint64_t catalog_deletes = 0;                      // Of entries for relations: what was dropped, not replaced.
};

// Reads bytes of a log in order and puts together what each transaction did that was committed in them.
class WalChanges {
public:
    virtual ~WalChanges() = default;
    virtual void feed(ByteView bytes, const std::function<void(const TransactionChanges&)>& committed) = 0;   // Throws Corrupt.
    // Every transaction with this number or a later one began behind some place in what was fed; nothing: it cannot be told yet.
    virtual std::optional<std::uint32_t> complete_from() const = 0;
};

// What the files of a cluster's relations are called: by database and file number.
struct RelationName {
    std::string database, schema, name;
    char kind = 'r';                 // As pg_class.relkind: r table, i index, t TOAST, S sequence, m materialized view …
    std::string of = {};             // Of an index or TOAST table: whose it is, where that is known.
};
using RelationNames = std::map<std::pair<std::uint32_t, std::uint32_t>, RelationName>;

// Takes a server's log while it is written. Not thread-safe.
class WalSink {
public:
    virtual ~WalSink() = default;
    // The newest timeline of this cluster up to `newest` that is in the store, and where its log ends there; nothing: there is none of it.
    virtual std::optional<std::pair<TimelineNumber, Lsn>> end_of(std::uint64_t system, TimelineNumber newest) = 0;
    // Bytes that go on where the store's end, or begin a branch at a segment's first byte. Durable when it returns: only then may the server forget them.
    virtual void put(const WalHead& head, Lsn begin, ByteView bytes) = 0;
    virtual void put_history(std::uint64_t system, const std::string& name, ByteView bytes) = 0;
    // Everything that was committed by `now` is in the store.
    virtual void nothing_new(Instant now) = 0;
};

enum class ReceiveEnd : std::uint8_t {
    Stopped,     // Asked to.
    CaughtUp,    // What had been written when it began is durable.
    Lost,        // The server has removed log that is not in the store.
};
struct ReceiveResult {
    ReceiveEnd end = ReceiveEnd::Stopped;
    std::string why;                 // Lost; or, where it went on all the same, which part is missing.
};

// What a server keeps of its log until somebody has received it: a replication slot.
struct KeptWal {
    std::string name;                // As the server calls it.
    bool is_own = false;             // Of the database that was asked for; the others are of other databases, or left over.
    bool in_use = false;             // Somebody receives over it now.
    bool lost = false;               // The server has given it up.
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> bytes_most;   // Beyond that the server gives it up; nothing: never, though its disk fills.
};

// What such an engine's provider offers besides Provider. Calls are safe from several threads for different files.
class WalEngine {
public:
    virtual ~WalEngine() = default;
    // Of a segment's first page. Throws Corrupt where it is none.
    virtual WalHead look_at_wal(ByteView first_page) = 0;
    // `begin`: a segment's first byte, or where an earlier reader said to go on.
    virtual std::unique_ptr<WalParsing> read_wal(const WalHead& head, Lsn begin) = 0;
    // The system identifier of the cluster in whose folder of logs `file` is. Throws Missing.
    virtual std::uint64_t cluster_of_wal(const fs::path& file) = 0;
    // Gives the log to `sink` from where the store's ends (or from now on), over changes of the timeline; until `work.cancel`, or, without
    // `follow`, until it has caught up. The server keeps for us what is not durable yet (a replication slot, made here). Throws Busy where somebody
    // receives already.
    virtual ReceiveResult receive_wal(const Place& place, WalSink& sink, bool follow, const WorkContext& work) = 0;
    // What the server keeps for Holdfast, of whichever database.
    virtual std::vector<KeptWal> kept_wal(const Place& place) = 0;
    // The server need not keep anything for us any more. No error where it did not; Busy while somebody receives.
    virtual void stop_keeping_wal(const Place& place) = 0;
    // The folder of the log of a restored copy, and the settings that make it replay what is in there and then wait.
    virtual fs::path wal_folder(const fs::path& copy) = 0;
    virtual void set_replay(const fs::path& copy, const ReplayTarget& target) = 0;
    // Starts a server over a copy that replays what is in its log folder, and more of it as it comes there, and takes statements meanwhile. What it
    // left behind is ended by Provider::close_copies().
    virtual std::unique_ptr<WalStepping> step_through(const CopyOpening& opening, const WorkContext& work) = 0;
    // `begin`: a segment's first byte.
    virtual std::unique_ptr<WalChanges> read_changes(const WalHead& head, Lsn begin) = 0;
    // What relations are called by the catalogs in a state's files, and by those of a server that is there.
    virtual RelationNames relation_names(StateFiles& files) = 0;
    virtual RelationNames relation_names(const Place& live, const CancelToken& cancel) = 0;
};
// Throws Unavailable where this engine keeps no such log.
WalEngine& wal_engine_of(Provider& provider);

}  // namespace holdfast
