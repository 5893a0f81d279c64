// Keeping a point beyond its retention, and letting it go again: in the catalog, and in every store that has it. Killed
// anywhere in between, the point is kept rather than not.
#pragma once

#include "engine/recovery/installation.hpp"

namespace holdfast {

// Kept until then, or without `until` until it is unpinned; `why` goes to the audit. Returns a sentence for each store that
// could not be told: there the pin is not known to others, and lost with this catalog.
std::vector<std::string> pin_point(const Installation& installation, const PointId& id, std::optional<Instant> until, const std::string& why);
// Its stores first: throws where one cannot be told, and the point stays pinned.
void unpin_point(const Installation& installation, const PointId& id);
// After a copy was made: what the catalog knows of the point's pin goes into that store too.
void tell_of_pin(const Installation& installation, const DatabaseName& database, const PointId& id, Repository& there);

}  // namespace holdfast
