// The order in which tables are filled: those that others refer to come first.
#pragma once

#include <vector>

#include "engine/provider/rows.hpp"

namespace holdfast {

// Returns the tables so that each comes after those that its foreign keys name, as far as cycles allow; otherwise by name.
std::vector<TableShape> parents_first(std::vector<TableShape> tables);

}  // namespace holdfast
