// The transactions of a database's logs as states that can be opened, in the order of time.
#pragma once

#include "engine/model/log.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

// Part of one stream, read from a store that has its base point too.
struct LogSpan {
    StoreName store;
    RecoveryPoint base;
    LogStreamId stream;
    std::uint64_t first = 0, last = 0;   // Transactions, both included.
};

// For each stream that can be read the transactions that were seen after `after` and strictly before `before`, where there are
// any. A store that cannot be read is passed over: points can do without any log.
std::vector<LogSpan> log_spans(const Installation& installation, const DatabaseName& database, Instant after, Instant before);

// The state with transaction `number` and everything before it; where older ones were folded, the next that is a state of its own.
RecoveryTarget state_in(const Installation& installation, const LogSpan& span, std::uint64_t number);

}  // namespace holdfast
