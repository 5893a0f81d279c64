// The log of a database, as everyone talks about it: transactions in unbroken streams, and the windows of time in
// which each of them can be recovered. How a stream is stored is engine/repository's; how it is captured a provider's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/recovery_point.hpp"

namespace holdfast {

// A place in a stream. Transactions count from 1; 0 is the state of the point that the stream follows.
struct LogPosition {
    LogStreamId stream;
    std::uint64_t transaction = 0;
    auto operator<=>(const LogPosition&) const = default;
};
// "01k…:1842": what a person gives to name a transaction.
std::string to_text(const LogPosition& position);
std::optional<LogPosition> parse_log_position(std::string_view text);

struct LogTransaction {
    std::uint64_t number = 0;
    // When it was committed, to the millisecond: not later than `at`, later than `not_before`. A follower that is told at
    // once sees both within milliseconds; a periodic log job only knows that it came after the job before. `at` never decreases.
    Instant at, not_before;
    std::uint64_t pages_after = 0;         // Pages of the database when it was committed.
    std::uint64_t page_count = 0;          // Pages that it wrote.
    std::uint64_t digest = 0;              // First eight bytes, little-endian, of SHA-256 over its pages (FORMAT.md).
    std::vector<std::uint64_t> pages;      // Which, from 0, ascending; only where they were asked for.
    bool operator==(const LogTransaction&) const = default;
};

// One stream of one database in one store: what can be recovered with it.
struct LogWindow {
    DatabaseName database;
    LogStreamId stream;
    StoreName store;
    PointId base;                          // The point that it follows.
    Instant from;                          // Of that point.
    Instant until;                         // Every commit before it is in the store. May grow without transactions.
    std::uint64_t transactions = 0;        // So many: 1 … transactions.
    std::uint64_t bytes = 0;               // Stored.
    Duration precision{0};                 // Largest at - not_before in it: 1 s or less is "to the second".
    std::string ended;                     // Why it does not go on: "the log was reset while nobody watched"; empty: it may.
    std::uint64_t counted_to = 0;          // Place in the stream up to which `transactions` counts, where the engine numbers places (an LSN).
    bool operator==(const LogWindow&) const = default;
};

// What a person gives with --before: everything strictly before a moment, or before one transaction.
struct Before {
    Instant at;                                // Of that transaction, where one is given.
    std::optional<LogPosition> transaction;
    bool operator==(const Before&) const = default;
};

// What a recovery brings back: a point, and the log after it up to a transaction.
struct RecoveryTarget {
    RecoveryPoint point;
    std::optional<LogPosition> log;        // Nothing: the point alone.
    Instant instant;                       // Of the last transaction that is in it, or of the point.
    std::string note = {};                 // What there is to say: a hole between it and the moment asked for, and why.
    bool operator==(const RecoveryTarget&) const = default;
};

}  // namespace holdfast
