// What the log between a backup and the one that builds on it says has changed: read from the server's own folder where it still has it,
// else from the store.
#pragma once

#include <optional>

#include "engine/base/cancel.hpp"
#include "engine/base/file.hpp"
#include "providers/databases/postgres/changed_blocks.hpp"
#include "providers/databases/postgres/server_facts.hpp"

namespace holdfast {

// The backup that builds on a base, as far as it is known when its files are still to be read.
struct BackupBegun {
    const ServerFacts& server;
    fs::path data_folder;
    Lsn start;
    std::uint64_t cluster_bytes = 0;
};
struct KnownChanges {
    std::optional<ChangedBlocks> blocks;   // Nothing: what changed cannot be told, and `why_not` says why.
    std::string why_not;
};
// Believes nothing that does not fit: another timeline, another cluster restored in its place, checksums switched, damage in the base,
// log that is missing, damaged, or longer than the cluster itself, all mean that everything is to be read.
KnownChanges read_log_since(ImageBase& base, const BackupBegun& begun, const CancelToken& cancel);

}  // namespace holdfast
