// What checks ask for, gathered from the catalog and, where the present is asked about, from stores and folders.
#pragma once

#include "engine/compliance/evidence.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

// `as_of`: a past time; then only the record counts, as it was then. Otherwise now, with a look at everything. What cannot be
// looked at is said in the evidence, never thrown.
Evidence gather_evidence(const Workplace& workplace, std::optional<Instant> as_of);

// What can be looked at every minute: the record of the last month and, where they are wanted, free space and keys of the stores.
Evidence gather_recent_evidence(const Workplace& workplace, bool with_stores);

}  // namespace holdfast
