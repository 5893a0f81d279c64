// Puts the rows of a difference back into a live database, in one transaction, and takes them out again.
#pragma once

#include "engine/recovery/compare.hpp"

namespace holdfast {

enum class OnConflict : std::uint8_t { Stop, KeepLive, TakeOld };   // A row with the same key is there again, with other values.

struct MergeResult {
    std::uint64_t rows = 0;              // Put in.
    std::uint64_t already_there = 0;     // Identical rows that were back already.
    std::uint64_t kept = 0;              // Conflicts left as they are (KeepLive).
    std::uint64_t replaced = 0;          // TakeOld.
    std::vector<std::string> tables;     // In the order in which they were filled.
};

// Before it changes anything it checks the spool against `difference.digest`. What it put in (and replaced) is written to `undo` (0600) before
// the commit, so that reverse_merge works after a crash. Any conflict (Stop), broken reference or error: nothing has happened.
MergeResult merge_rows(const Installation& installation, const Difference& difference, const Place& into, OnConflict on_conflict,
                       const fs::path& undo, Progress& progress, CancelToken cancel);

// Did merge_rows happen? True: every row is there. False: none of it happened. Nothing: cannot be told.
std::optional<bool> has_merged(const Installation& installation, const Difference& difference, const Place& into);

// Takes out what the merge put in, where it is still as it was put; a row that was changed since is left and counted.
struct ReverseResult { std::uint64_t removed = 0, restored = 0, left = 0; };
ReverseResult reverse_merge(const Installation& installation, const Place& into, const fs::path& undo, Progress& progress, CancelToken cancel);

}  // namespace holdfast
