// How a provider hands over the transactions that a database has committed: in order, each whole, while they
// happen. What becomes of them is the sink's business; how they are seen is the provider's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/bytes.hpp"
#include "engine/base/cancel.hpp"
#include "engine/base/time.hpp"
#include "engine/provider/image.hpp"

namespace holdfast {

// What a captured transaction says besides its pages.
struct CapturedCommit {
    Instant at, not_before;          // As in LogTransaction (engine/model/log.hpp).
    std::uint64_t pages_after = 0;
    std::string mark;                // The provider's words for this place in the database's own log: where capture goes on.
};

// Takes transactions, one after the other. Not thread-safe.
class LogSink {
public:
    virtual ~LogSink() = default;
    // Once, before anything is given: the database's log goes on where the mark is, so nothing is missing in between.
    virtual void joined() {}
    // One page that the open transaction wrote, in ascending order and once per transaction (its last version). `before` can read
    // the page as it stood before all transactions that were added since the last make_durable(): what a delta may be made
    // against. It throws Missing for a page that was written or cut off since then or was not there, and while capture catches up
    // on what was committed before it was made: a checkpoint may have replaced that page.
    virtual void add_page(std::uint64_t page, ByteView bytes, PageSource& before) = 0;
    // The transaction is whole: all its pages were added since the last commit() (or the beginning). Pages without a commit() when
    // capture ends are dropped.
    virtual void commit(const CapturedCommit& commit) = 0;
    // Everything committed so far is in the store when this returns. Throws what stopped it; it can be called again.
    virtual void make_durable() = 0;
    // Nothing was committed by anybody up to `now`, and nothing is waiting. Cheap; called while the database is idle.
    virtual void nothing_new(Instant now) = 0;
};

enum class CaptureEnd : std::uint8_t {
    Stopped,     // Asked to; everything that was committed before is durable.
    CaughtUp,    // once(): everything that was committed when it began is durable.
    Gap,         // The database's log does not go on where `mark` is: reset, another file, another journal mode, another page size.
};
struct CaptureResult {
    CaptureEnd end = CaptureEnd::Stopped;
    std::string why;                 // Gap: a sentence's part for the timeline, "the log was reset while nobody watched".
};

// An open capture of one database; one thread at a time. While the object lives, what is committed after it was made is not lost from the
// database's log, whoever checkpoints; so a point that is taken meanwhile joins up with what capture gives.
class LogCapture {
public:
    virtual ~LogCapture() = default;
    virtual std::uint32_t page_bytes() const = 0;
    // Gives what was committed after `mark` (of a point's facts, kLogMarkFact, or of the last commit) and goes on until `cancel`,
    // told by the file system, not by a timer. Flow: add_page…, commit, …, make_durable, again and again. A make_durable() that
    // throws is tried again while the database's log may grow; beyond its bound capture lets go and returns Gap. Changed and
    // Cancelled are not tried again, nor is anything once `cancel` was asked for: they leave follow(). What add_page() and
    // commit() throw leaves it at once.
    virtual CaptureResult follow(const std::string& mark, LogSink& sink, const CancelToken& cancel) = 0;
    // The same, but returns when it has caught up; what make_durable() throws leaves it at once.
    virtual CaptureResult once(const std::string& mark, LogSink& sink, const CancelToken& cancel) = 0;
};

// The fact of a point (BackupFacts::facts) that says where in the database's log its snapshot stands.
inline constexpr const char* kLogMarkFact = "log mark";

}  // namespace holdfast
