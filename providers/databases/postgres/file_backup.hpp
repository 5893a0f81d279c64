// A physical backup whose files are read where they lie, where Holdfast runs on the server's machine and may read them: several threads
// at once, no copy through the server, and with a base only the pages that the log since then says have changed.
//
// The image is the one that back_up_by_stream() makes; either may be the base of the other. Pages are checked as they are read; one that
// was caught half written is read again.
#pragma once

#include "engine/provider/provider.hpp"
#include "providers/databases/postgres/connection_words.hpp"

namespace holdfast {

// Nothing, and the reason in `why`, where the files cannot be read here; nothing was given to the sink then.
std::optional<BackupFacts> back_up_by_files(const ConnectionWords& words, ImageSink& sink, const WorkContext& work, std::string& why);

}  // namespace holdfast
