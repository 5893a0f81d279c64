// What a recovery instance is started with: settings on its command line, which stand above all files of the cluster.
#pragma once

#include <string>
#include <vector>

#include "engine/base/file.hpp"

namespace holdfast {

struct InstancePlaces {
    fs::path folder;          // Settings, log and record.
    fs::path socket_folder;   // Private.
};

enum class InstanceUse : std::uint8_t {
    Private,    // To be asked: nobody changes it.
    Writable,   // A migration is tried in it.
    Paused,     // Others may look at it, on a port; its replay waits at the place that was asked for.
    Steps,      // To be asked while it replays: it waits for more of the log wherever that ends.
    Own,        // No recovery instance any more: a server with settings of its own.
};
struct InstanceShape {
    InstanceUse use = InstanceUse::Private;
    std::uint16_t port = 0;    // Paused, Own.
};

// Where those of this data directory are. The socket stands beside it, or, where that path is too long for one, in a folder in /tmp whose
// name comes from the path.
InstancePlaces places_of_instance(const fs::path& data_folder);

// "-c" and a setting, again and again. Requires: not Own.
std::vector<std::string> instance_settings(const InstancePlaces& places, int major, const InstanceShape& shape, const fs::path& data_folder);

// Files that stand in the instance's folder; the cluster's own may be missing, or lead outside. `replay` goes into its postgresql.conf. On a port
// those may come whom the cluster's own pg_hba.conf lets in over the network.
void write_instance_files(const InstancePlaces& places, const InstanceShape& shape, const fs::path& data_folder, const std::string& replay);

}  // namespace holdfast
