// The pieces of one stream in order: which of those in the store make up its unbroken beginning, and what stands behind.
//
// A merged piece and the small ones that it replaces may be there side by side; the larger is taken, and the small ones
// where the larger is damaged. Pieces say what they follow, so one that was exchanged or belongs elsewhere is a hole.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/file.hpp"
#include "engine/repository/log_piece.hpp"

namespace holdfast {

// A stream, and with what it is worked on.
struct LogPlace {
    Store* store = nullptr;
    Keyring* keys = nullptr;
    const Clock* clock = nullptr;
    DatabaseName database;
    LogStreamId stream;
    fs::path cache;          // For what a writer keeps aside; empty: in memory.
    unsigned workers = 1;
};

struct LogPieceFacts {
    LogPieceName name;
    std::uint64_t bytes = 0;
    Instant modified;
};
// All that are there, by name.
std::vector<LogPieceFacts> list_log_pieces(const LogPlace& place);
std::vector<LogStreamId> list_log_streams(Store& store, const DatabaseName& database);   // Oldest first.

struct LogChainEnd {
    std::uint64_t pieces = 0;              // In the chain.
    std::uint64_t next_piece = 1;
    std::string hole;                      // What is wrong at next_piece, where something stands behind.
    std::vector<LogPieceFacts> listed;     // All pieces that were there.
};
// Calls `visit` for the pieces of the unbroken beginning in order until it returns false. `begin` is called first, and again
// where all is read once more because pieces were merged meanwhile.
LogChainEnd walk_log_chain(const LogPlace& place, const std::function<void()>& begin, const std::function<bool(OpenedLogPiece&)>& visit);

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

}  // namespace holdfast
