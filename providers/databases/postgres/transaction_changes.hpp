// What each transaction did to which relation, put together from the records of a log: rows by the heap's own records, files by those of the
// storage manager and of the commit. Source: PostgreSQL's heapam_xlog.h, standbydefs.h and xact.h.
#pragma once

#include "engine/provider/wal.hpp"

namespace holdfast {

// `begin`: a segment's first byte.
std::unique_ptr<WalChanges> read_transaction_changes(const WalHead& head, Lsn begin);

}  // namespace holdfast
