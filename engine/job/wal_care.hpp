// What a server's write-ahead log needs besides being archived: a line in the catalog, copies in the other stores, and an end where nothing
// needs it any more.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

// Records which moments the log in `store` reaches. `reached`: what is known beyond its pieces, of an idle server.
void record_wal(const Installation& installation, const DatabaseSpec& spec, const StoreName& store, std::optional<Instant> reached = {});
// Copies what the other stores of the environment lack, oldest first. A store that is away is a warning: the next time makes up for it.
void copy_wal(const Installation& installation, const DatabaseSpec& spec);
// Removes what neither `any_second` nor a recovery point needs. Returns a sentence per store. Requires: the database's lock.
std::vector<std::string> expire_wal(const Installation& installation, const DatabaseSpec& spec, const CancelToken& cancel);

}  // namespace holdfast
