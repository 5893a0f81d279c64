// The pieces of one stream in order: which of those in the store make up its unbroken beginning, and what stands behind.
//
// A merged piece and the small ones that it replaces may be there side by side; the larger is taken, and the small ones
// where the larger is damaged. Pieces say what they follow, so one that was exchanged or belongs elsewhere is a hole.
#pragma once

#include <mutex>
#include <unordered_map>

#include "engine/base/clock.hpp"
#include "engine/base/file.hpp"
#include "engine/repository/log_piece.hpp"

namespace holdfast {

// What a piece says besides its pages.
struct LogPieceSummary {
    LogStreamHead head;
    std::string mark;
    LogLink before, after;
    bool begins_inside = false, ends_inside = false;
    std::uint64_t first_transaction = 1, last_transaction = 0;
    std::optional<Instant> last_at;        // Of its last commit, where it has one.
    Duration precision{0};
    std::uint64_t pages_least = ~std::uint64_t{0};
};
LogPieceSummary summary_of(const LogPieceIndex& index);

// Summaries of pieces that were read once: pieces never change, and some are asked for again and again. Thread-safe; bounded.
class KnownPieces {
public:
    std::optional<LogPieceSummary> find(const std::string& object, std::uint64_t bytes);
    void put(const std::string& object, std::uint64_t bytes, const LogPieceSummary& summary);
    void drop(const std::string& object);

private:
    struct Known {
        std::uint64_t bytes = 0;
        LogPieceSummary summary;
    };
    std::mutex mutex_;
    std::unordered_map<std::string, Known> known_;
};

// A stream, and with what it is worked on.
struct LogPlace {
    Store* store = nullptr;
    Keyring* keys = nullptr;
    const Clock* clock = nullptr;
    DatabaseName database;
    LogStreamId stream;
    fs::path cache;          // For what a writer keeps aside; empty: in memory.
    unsigned workers = 1;
    KnownPieces* known = nullptr;   // Nothing: every piece is read.
};

struct LogPieceFacts {
    LogPieceName name;
    std::uint64_t bytes = 0;
    Instant modified;
};
// All that are there, by name.
std::vector<LogPieceFacts> list_log_pieces(const LogPlace& place);
std::vector<LogStreamId> list_log_streams(Store& store, const DatabaseName& database);   // Oldest first.

// One piece of the chain.
class ChainPiece {
public:
    ChainPiece(const LogPlace& place, const LogPieceFacts& facts, LogPieceSummary summary) : place_(place), facts_(facts), summary_(std::move(summary)) {}
    ChainPiece(const LogPlace& place, const LogPieceFacts& facts, OpenedLogPiece piece)
        : place_(place), facts_(facts), summary_(summary_of(piece.index)), opened_(std::move(piece)) {}
    const LogPieceFacts& facts() const { return facts_; }
    const LogPieceSummary& summary() const { return summary_; }
    // Reads it where only its summary is known. Where that fails the whole walk begins again.
    OpenedLogPiece& opened();

private:
    const LogPlace& place_;
    const LogPieceFacts& facts_;
    LogPieceSummary summary_;
    std::optional<OpenedLogPiece> opened_;
};

struct LogChainEnd {
    std::uint64_t pieces = 0;              // In the chain.
    std::uint64_t next_piece = 1;
    std::string hole;                      // What is wrong at next_piece, where something stands behind.
    std::vector<LogPieceFacts> listed;     // All pieces that were there.
};
// Calls `visit` for the pieces of the unbroken beginning in order until it returns false. `begin` is called first, and again
// where all is read once more because pieces were merged meanwhile.
LogChainEnd walk_log_chain(const LogPlace& place, const std::function<void()>& begin, const std::function<bool(ChainPiece&)>& visit);

// Puts the transactions of pieces together: one may begin in one piece and end in another.
class TransactionJoiner {
public:
    struct Version {
        std::uint32_t piece = 0;           // Number that was given to feed().
        PageVersion version;
    };
    // `versions`: all of the transaction, in the order in which they were written. False: enough.
    using Visit = std::function<bool(std::uint64_t number, const LogCommit& commit, std::span<const Version> versions)>;
    // Returns false where `visit` did.
    bool feed(const LogPieceIndex& index, std::uint32_t piece, const Visit& visit);

private:
    std::vector<Version> open_;
};

// Facts of a stream, and what a writer that goes on with it must know.
struct LogEnd {
    LogStreamFacts facts;
    LogStreamHead head;
    LogLink link;                          // Of the last piece.
    std::uint64_t next_piece = 1;
    Instant last_at;                       // Of the last transaction.
    std::uint64_t pages_least = ~std::uint64_t{0};   // The shortest that the file was behind any transaction.
};
// `each` (may be nothing) sees every transaction. Throws Missing where the stream has no pieces.
LogEnd read_log_end(const LogPlace& place, const TransactionJoiner::Visit& each, const std::function<void()>& begin);
// The time of the newest transaction, or of the base where there is none; from the last piece alone, where it can be read.
std::optional<Instant> newest_in_stream(const LogPlace& place);

}  // namespace holdfast
