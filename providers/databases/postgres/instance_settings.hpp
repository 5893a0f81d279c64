// What a recovery instance is started with: settings on its command line, which stand above all files of the cluster.
#pragma once

#include <string>
#include <vector>

#include "engine/base/file.hpp"
#include "providers/databases/postgres/control_file.hpp"

namespace holdfast {

struct InstancePlaces {
    fs::path folder;          // Settings, log and record.
    fs::path socket_folder;   // Private.
};

// Where those of this data directory are. The socket stands beside it, or, where that path is too long for one, in a folder in /tmp whose
// name comes from the path.
InstancePlaces places_of_instance(const fs::path& data_folder);

// "-c" and a setting, again and again.
std::vector<std::string> instance_settings(const InstancePlaces& places, int major);
// Behind those: what makes it replay what comes into its log folder, and take statements meanwhile.
std::vector<std::string> stepping_settings(const ControlFile& control, int major);

// Files that stand in the instance's folder; the cluster's own may be missing, or lead outside.
void write_instance_files(const InstancePlaces& places);

}  // namespace holdfast
