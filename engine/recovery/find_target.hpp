// Finds what to bring back for a moment: a recovery point, and the log after it as far as it reaches.
#pragma once

#include "engine/model/log.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

// Returns the state with everything strictly before `before` (or before that transaction) and nothing after it; the newest
// of all without it. Where the log has a hole there, it is the newest state before the hole, and `note` says so. Stores are
// asked, not the catalog: what was captured a moment ago counts. Throws Error{CannotRecover} that names the nearest points.
RecoveryTarget find_target(const Installation& installation, const DatabaseName& database, const std::optional<Before>& before);

// Reads "01k8zt3m4f:1842", as `runbook log` shows it: a stream's id, or enough of its beginning, and a transaction's number.
// Nothing where it has another form. Throws Error{Usage} with the candidates, or Missing.
std::optional<Before> read_transaction(const Installation& installation, const DatabaseName& database, std::string_view text);

// The store to read a stream from, up to and with that transaction. Throws what stood in the way.
StoreName store_of_log(const Installation& installation, const DatabaseName& database, const LogPosition& position);

}  // namespace holdfast
