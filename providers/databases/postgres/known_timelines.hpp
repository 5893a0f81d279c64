// Timelines that a cluster has been on are not taken a second time: a copy that ends its recovery looks in its own log folder which
// numbers are taken (the manual's "Timelines"), and would otherwise give the same number to other bytes.
#pragma once

#include "engine/model/wal_names.hpp"
#include "engine/provider/provider.hpp"

namespace holdfast {

// Puts the histories of the live cluster's timelines into the copy's log folder, as far as that cluster can be asked.
void learn_timelines(const CopyOpening& opening, const CancelToken& cancel);

// "/srv/pg/data:5433". Throws Usage for a port that is none.
CopyLocation location_with_port(const std::string& text);

// The history of an ancestor, out of that of a descendant: the lines in front of the one that leaves it. Nothing: it is none.
std::optional<std::string> history_of_ancestor(std::string_view history, std::uint32_t timeline);

// Where a timeline was left for the next, as a descendant's history has it. Nothing: it is no ancestor.
std::optional<Lsn> left_timeline_at(std::string_view history, std::uint32_t timeline);

}  // namespace holdfast
