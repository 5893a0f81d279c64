// A transaction as a person gives it to --before, looked up in the logs.
#pragma once

#include "engine/model/log.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

// Reads "01k8zt3m4f:1842" (engine/recovery/find_target.hpp) of one database, or of whichever has it. Nothing where the text
// has another form: then it is a moment.
std::optional<Before> transaction_named(const Workplace& workplace, const std::optional<DatabaseName>& database, const std::string& text);

}  // namespace holdfast
