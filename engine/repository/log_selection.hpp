// Which versions of which pages make up the state behind a transaction of a log: of each page the last one, and what was
// cut off meanwhile.
#pragma once

#include <unordered_map>

#include "engine/repository/log_chain.hpp"

namespace holdfast {

// Where one frame is.
struct FrameAt {
    std::uint32_t piece = 0;         // Place in LogSelection::pieces.
    std::uint32_t block = 0, offset = 0, bytes = 0;
    FrameCoding coding = FrameCoding::Zero;
};

struct LogSelection {
    LogStreamHead head;
    LogCommit commit;                              // The transaction itself.
    std::uint64_t pages = 0;                       // Pages of the file behind it.
    std::uint64_t zero_from = 0;                   // Pages from here on that are not selected are zeros, whatever the start has.
    std::unordered_map<std::uint64_t, FrameAt> frames;   // By page, below `pages`.
    std::vector<OpenedLogPiece> pieces;            // Those with frames; their versions are not kept.
};

// Selects what is to be laid over a start for transaction `until`: all versions of transactions that ended at `since` or later.
// Requires: until > 0. Throws CannotRecover where the stream does not have that transaction (any more), Missing where there is no such stream.
LogSelection select_versions(const LogPlace& place, std::uint64_t until, std::optional<Instant> since);

}  // namespace holdfast
