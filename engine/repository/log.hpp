// The log of a database in the repository: streams of transactions in sealed pieces, `logs/<database>/<stream>/…`.
//
// A stream follows one recovery point (its base) and has no holes: a gap ends it, and another stream begins at another
// point. A changed page is kept as a delta against the page as the base point gives it, however it is stored there: so one
// page and one delta give any version of it, in every store that has the point. Transactions become visible in order and whole, or not at all: a piece that was not put
// completely is not there. Two writers of one stream exclude each other: the later one's piece meets a name that is taken.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/log.hpp"
#include "engine/repository/image_reader.hpp"
#include "engine/repository/image_writer.hpp"

namespace holdfast {

// What one stream is, from its pieces alone.
struct LogStreamFacts {
    LogStreamId stream;
    PointId base;
    Instant from;                    // The base point's instant.
    std::string identity;            // Of the database, as in the base's manifest.
    std::string mark;                // The provider's words behind the last transaction (of the base's fact where there is none).
    std::uint64_t transactions = 0;  // 1 … transactions are there without a hole.
    Instant until;                   // Of the last one; `from` where there is none.
    Duration precision{0};
    std::uint64_t pieces = 0, bytes = 0;
    // Not empty: it cannot go on. Pieces behind `transactions` are there, but one in between is missing or damaged; or the base is gone.
    std::string hole;
};

// Adds to one stream. One thread at a time.
class LogWriter {
public:
    virtual ~LogWriter() = default;  // What was not made durable is not there.
    virtual const LogStreamFacts& facts() const = 0;
    // The page's last version in the open transaction. `before`: the page as it stood before everything since the last
    // make_durable(); asked only for pages that nothing in the stream has written yet. What it throws comes out of here, and the
    // page is not added; a page that cannot be put in the store just now is kept in memory, up to some 64 MiB.
    virtual void add_page(std::uint64_t page, ByteView bytes, const ReadPages& before) = 0;
    virtual void commit(Instant at, Instant not_before, std::uint64_t pages_after, const std::string& mark) = 0;
    // One piece is put, durably, or nothing (where nothing was committed). Throws Changed where another writer goes on with this
    // stream. A piece is also put on its own when what waits has grown to some megabytes, in the middle of a transaction too; its
    // beginning becomes visible with its end.
    virtual void make_durable() = 0;
    // A new stream is listed from its first piece on. This puts one without a transaction, so that a stream in which nothing has
    // happened yet is known; nothing where something was put or waits.
    virtual void announce() = 0;
    virtual std::uint64_t waiting_bytes() const = 0;   // Not durable yet.
};

struct CompactRequest {
    // Transactions that ended before this may be folded: of each page only the last version is kept, and only the last of the
    // folded transactions stays a state to recover. How many become one depends on their size (pieces are of some 32 MiB).
    // Nothing: every transaction stays.
    std::optional<Instant> fold_before;
};
// Pieces of the last 30 seconds, and the very last, stay as they are: a follower may be at work on them.
struct CompactReport {
    std::uint64_t pieces_before = 0, pieces_after = 0, bytes_before = 0, bytes_after = 0;
};

}  // namespace holdfast
