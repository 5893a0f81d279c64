// The policy that `runbook init` writes: small, commented, and without an error of its own.
#pragma once

#include <string>

namespace holdfast {

struct StarterOptions {
    std::string database = "notes";                 // Its name under `databases:`.
    std::string path = "notes.db";                  // The SQLite file; relative to the policy folder's parent.
    std::string store_url = "file:backups";         // Likewise.
    std::string timezone = "UTC";
};

// Returns the text of a starter policy: SQLite, a local store, the key in BACKUP_ENCRYPTION_KEY.
// Throws Error{Usage} where an option cannot stand in a policy.
std::string starter_policy(const StarterOptions& options = {});

}  // namespace holdfast
