// The files of a data directory byte for byte as they are, damaged or not: evidence. No server is asked; one may run meanwhile.
#pragma once

#include "engine/provider/provider.hpp"

namespace holdfast {

// Tablespaces come under pg_tblspc/<oid>. What a disk cannot read is kept as zeros, and how much of that there is stands among the facts.
BackupFacts keep_raw_cluster(const fs::path& data_folder, ImageSink& sink, const WorkContext& work);

}  // namespace holdfast
