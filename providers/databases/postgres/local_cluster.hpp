// Whether the files of a running server can be read here: Holdfast runs on the server's machine and may look into its data directory.
#pragma once

#include "engine/base/file.hpp"
#include "providers/databases/postgres/connection.hpp"

namespace holdfast {

struct LocalCluster {
    fs::path data_folder;   // Empty: they cannot, and `why_not` says what is in the way.
    std::string why_not;
};

// That the folder is this server's is told by the process that answers: its parent is the one which holds the folder.
// Throws PostgresError where the server does not answer; a right that is missing is a reason.
LocalCluster find_local_cluster(PostgresConnection& sql);

}  // namespace holdfast
