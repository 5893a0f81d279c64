// A physical backup over the replication protocol: one BASE_BACKUP, streamed straight into an image, nothing on local disk.
//
// Relations become files of pages, everything else streams of bytes. Where there is a base and the server (17 and newer) knows what
// has changed since, it sends that alone; everywhere else the whole comes and the sink finds what differs from the base: either way
// the image is complete. Each file is compared with the server's manifest. Pages whose checksum is wrong are kept as they are and named.
#pragma once

#include "engine/provider/provider.hpp"
#include "providers/databases/postgres/connection_words.hpp"

namespace holdfast {

// `why`: why files are not read instead, for the point's facts; empty: nobody wanted to.
BackupFacts back_up_by_stream(const ConnectionWords& words, ImageSink& sink, const WorkContext& work, const std::string& why = {});

}  // namespace holdfast
