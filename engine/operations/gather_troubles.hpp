// What is wrong now, gathered from the catalog, the runs and the stores, as far as the ways of `notify:` want to know.
#pragma once

#include "engine/compliance/troubles.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

TroublesNow gather_troubles(const Workplace& workplace);

}  // namespace holdfast
