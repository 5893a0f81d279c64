// A dump of a server's databases by its own program, pg_dump, streamed into an image; with the roles and tablespaces around them. It needs a
// connection and the right to read, no replication, nothing on the server's machine: what hosted servers allow.
//
// Each database is one snapshot; several are dumped one after the other, each as of its own moment. In the image stand one archive
// (custom format, not compressed, so that equal parts are found again) for each database, globals.sql, and kDumpList, which says
// what is what.
#pragma once

#include <vector>

#include "engine/provider/provider.hpp"
#include "providers/databases/postgres/connection_words.hpp"

namespace holdfast {

inline constexpr const char* kDumpList = "holdfast_dumps";

// Throws Unavailable where no pg_dump of the server's version or a newer one is here, Missing where a database that is named is not there.
BackupFacts dump_databases(const ConnectionWords& words, const DumpSelection& selection, ImageSink& sink, const WorkContext& work);

// What a restored folder of dumps holds.
struct RestoredDumps {
    struct Dump { std::string database, file; };
    int server_major = 0;
    std::vector<Dump> dumps;
    bool has_globals = false;
};
bool is_dump_folder(const fs::path& folder);
// Throws Corrupt, also for a name that leaves the folder.
RestoredDumps read_dump_list(const fs::path& folder);

// Whether pg_restore can read each archive to its table of contents.
IntegrityReport check_dumps(const fs::path& folder, const WorkContext& work);
// A sentence each, with commands that can be run as they are.
std::vector<std::string> how_to_load(const fs::path& folder);

}  // namespace holdfast
