// Reads what can be read of a damaged database: every row that SQLite can still reach, past the pages that it cannot.
//
// The rows are copied into a scratch database, where they are in key order whatever the damaged one's indexes say; what was
// passed over is named. SQLite checks every cell of a page before it is used, every search ends after a bounded number of
// tries, and nothing of the damaged files is written. Where the file's header or schema is gone, those of a sound state of the
// same database stand in for them, in a private copy.
#pragma once

#include <memory>

#include "engine/base/cancel.hpp"
#include "engine/base/file.hpp"
#include "engine/provider/rows.hpp"

namespace holdfast {

// Throws DiskFull where `scratch` has no room, Cancelled; damage is no error but an UnreadablePart.
std::unique_ptr<RowReader> read_salvaged_rows(const fs::path& damaged, const fs::path& sound, const fs::path& scratch, const CancelToken& cancel);

}  // namespace holdfast
