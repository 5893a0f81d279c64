// Merges pieces of a stream: many small ones become few large ones, so that a long stream is opened with few reads.
//
// Safe beside a follower that adds to the stream, beside readers, and beside another compaction: the newest pieces are left
// alone, what was merged is durable and was read back before anything goes, and of two that overlap one withdraws.
#pragma once

#include "engine/repository/log_chain.hpp"

namespace holdfast {

// Throws Missing where there is no such stream; a stream with a hole is merged up to it.
CompactReport compact_log_stream(const LogPlace& place, const CompactRequest& request, Progress& progress, const CancelToken& cancel);

// Which neighbours of a row of pieces are merged, by their sizes: pairs of first and one behind the last. Larger pieces are
// merged only when there are as many of them, so each byte is written again a few times in all.
std::vector<std::pair<std::size_t, std::size_t>> groups_to_merge(const std::vector<std::uint64_t>& bytes);

}  // namespace holdfast
