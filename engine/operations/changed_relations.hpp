// What the transactions of a server's log did, by relation: so many rows put in, changed and taken out, tables dropped and truncated.
#pragma once

#include "engine/operations/logs.hpp"
#include "engine/recovery/wal_log.hpp"

namespace holdfast {

// Adds to ListedTransaction::touched, from the bytes of the log in the store. Names come from the catalogs in the recovery points around the listed
// transactions and from the live server, where it answers; what none of them knows keeps the number of its files. What cannot be told leaves a note.
void name_changed_relations(const Installation& installation, const DatabaseSpec& spec, const WalLog& log, LogListing& listing, const CancelToken& cancel);

// One transaction in words: "orders: 3 inserted, 1 deleted", "items dropped".
std::vector<std::string> in_words(const TransactionChanges& changes, const RelationNames& names);

}  // namespace holdfast
