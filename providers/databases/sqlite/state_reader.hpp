// SQL on a state of a SQLite database that is not restored: pages come from the repository when SQLite asks for them.
#pragma once

#include <memory>

#include "engine/provider/provider.hpp"

namespace holdfast {

// `files` must outlive it. Memory is bounded: SQLite keeps some dozens of megabytes of pages, and sorts beyond that in files without a name.
// Throws Corrupt where the state is not one file of pages.
std::unique_ptr<SqlReader> make_state_reader(StateFiles& files, const DatabaseName& database, const WorkContext& work);

}  // namespace holdfast
