// The write-ahead log of a PostgreSQL server, as everyone talks about it. How it is read is providers/databases/postgres',
// how it is kept engine/repository's.
#pragma once

#include <optional>
#include <string>

#include "engine/base/time.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/lsn.hpp"

namespace holdfast {

using TimelineNumber = std::uint32_t;

// One cluster's log on one of its timelines. A promoted standby and a recovered server begin a new one.
struct WalBranch {
    std::uint64_t system = 0;      // The cluster's system identifier.
    TimelineNumber timeline = 0;
    auto operator<=>(const WalBranch&) const = default;
};

// A branch as a stream of the log: 26 characters, of which 13 say the cluster and 7 the timeline; the rest is '0', which no stream
// that was made at random has.
LogStreamId stream_of(const WalBranch& branch);
std::optional<WalBranch> branch_of(const LogStreamId& stream);   // Nothing: a stream of transactions, engine/model/log.hpp.

// A transaction that was committed, as its record in the log says.
struct WalTransaction {
    Lsn at;                        // Where the record begins …
    Lsn end;                       // … and what stands behind it.
    std::uint32_t xid = 0;
    std::int64_t micros = 0;       // When, by the server's clock: microseconds since 1970. May be less than of the one before it.
    std::string restore_point;     // Not empty: no transaction but a name that somebody gave this place (pg_create_restore_point).
    bool operator==(const WalTransaction&) const = default;
};
// To the millisecond, rounded down: so what is before a whole millisecond stays before it.
Instant instant_of(const WalTransaction& transaction);

}  // namespace holdfast
