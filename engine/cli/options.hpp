// Options that several commands share, and reading their values.
#pragma once

#include <optional>
#include <string>

#include "engine/cli/command.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/period.hpp"

namespace holdfast {

inline constexpr Option kDatabaseOption{.name = "--database", .value = "NAME", .help = "only this database",
                                        .completes = Completes::Database};
inline constexpr Option kEnvironmentOption{.name = "--environment", .value = "NAME", .help = "only databases of this environment",
                                           .completes = Completes::Environment};
inline constexpr Option kYesOption{.name = "--yes", .help = "answer yes to the questions of one's own terminal in advance"};

std::optional<DatabaseName> database_option(const Arguments& arguments);
std::optional<EnvironmentName> environment_option(const Arguments& arguments);
// Throws Error{Usage} that names the option.
std::optional<Period> period_option(const Arguments& arguments, std::string_view name);
std::size_t count_option(const Arguments& arguments, std::string_view name, std::size_t otherwise, std::size_t most);

}  // namespace holdfast
