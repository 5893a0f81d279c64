// Which tables the transactions of a log touched.
#pragma once

#include "engine/operations/logs.hpp"

namespace holdfast {

// Fills ListedTransaction::touched, by asking whom each page belongs to in the state after the last of the listed transactions
// of a stream and, where it belongs to nobody any more, in the one before the first. What cannot be told leaves a note.
void name_touched_tables(const Workplace& workplace, const DatabaseSpec& spec, LogListing& listing, const CancelToken& cancel);

}  // namespace holdfast
