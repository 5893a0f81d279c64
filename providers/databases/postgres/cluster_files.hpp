// What of a running server's data directory belongs into a backup: all of it but what a server makes anew when it starts, what belongs to
// one session alone, and its log, which is added at the end. As backup/basebackup.c has it.
#pragma once

#include "engine/base/cancel.hpp"
#include "engine/base/file.hpp"
#include "providers/databases/postgres/cluster_layout.hpp"

namespace holdfast {

struct ClusterFiles {
    ClusterLayout layout;              // Folders and tablespaces; no segments of the log.
    std::vector<std::string> files;    // By their names in a backup, in order; kControlFile is not among them: it is read last.
    std::vector<std::string> left_out; // Links that lead elsewhere, sockets: what no backup has.
};
inline constexpr const char* kControlFile = "global/pg_control";

// Files may come and go meanwhile. Throws Error{Io, NotPermitted} where a folder cannot be read.
ClusterFiles list_cluster_files(const fs::path& data_folder, const CancelToken& cancel);

}  // namespace holdfast
