// Receives a server's log over a physical replication slot (the manual's "Streaming Replication Protocol"): what is durable in the store is
// confirmed to the server, and nothing before; so neither side can lose what the other believes the store to have.
#pragma once

#include "engine/provider/provider.hpp"
#include "engine/provider/wal.hpp"
#include "providers/databases/postgres/connection_words.hpp"

namespace holdfast {

// As WalEngine::receive_wal().
ReceiveResult receive_wal_of(const ConnectionWords& words, const DatabaseName& database, WalSink& sink, bool follow, const WorkContext& work);
// As WalEngine::kept_wal() and stop_keeping_wal().
std::vector<KeptWal> kept_wal_of(const ConnectionWords& words, const DatabaseName& database);
void drop_wal_slot(const ConnectionWords& words, const DatabaseName& database);
// The slot of a database of the policy: "holdfast_" and its name, of which other characters than a-z, 0-9 and _ are written as _.
std::string wal_slot_name(const DatabaseName& database);

}  // namespace holdfast
