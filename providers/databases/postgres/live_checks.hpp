// Whether a live cluster is sound, without changing anything in it: what its server has met, the checksum of every page, and whether
// its catalogs agree with each other.
#pragma once

#include "engine/provider/provider.hpp"

namespace holdfast {

// Files are read where Holdfast may; else pages are checked as they pass in a stream of a backup that nobody keeps. A server that is down
// is looked at by its files, where the policy says where they are. Throws Unavailable where neither can be had.
IntegrityReport check_live_cluster(const Place& place, const WorkContext& work);

// Where the files of a live cluster are: as its server says, or the policy. Throws NotPermitted or Unavailable with what is in the way.
fs::path live_data_folder(const Place& place, const CancelToken& cancel);

}  // namespace holdfast
