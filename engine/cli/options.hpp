// Options that several commands share, and reading their values.
#pragma once

#include <optional>
#include <string>

#include "engine/cli/command.hpp"
#include "engine/model/log.hpp"
#include "engine/model/period.hpp"

namespace holdfast {

inline constexpr Option kDatabaseOption{.name = "--database", .value = "NAME", .help = "only this database",
                                        .completes = Completes::Database};
inline constexpr Option kEnvironmentOption{.name = "--environment", .value = "NAME", .help = "only databases of this environment",
                                           .completes = Completes::Environment};
inline constexpr Option kYesOption{.name = "--yes", .help = "answer yes to the questions of one's own terminal in advance"};

// For a machine that has nothing but a store and its key.
inline constexpr Option kFromOption{.name = "--from", .value = "URL", .help = "work from this store alone, without a policy: file:///srv/backups"};
inline constexpr Option kStoreKeyOption{.name = "--key", .value = "SOURCE", .help = "with --from, where its key is: env:NAME, file:PATH, command:…, or none [env:BACKUP_ENCRYPTION_KEY]"};

std::optional<DatabaseName> database_option(const Arguments& arguments);
std::optional<EnvironmentName> environment_option(const Arguments& arguments);
// Throws Error{Usage} that names the option.
std::optional<Period> period_option(const Arguments& arguments, std::string_view name);
std::size_t count_option(const Arguments& arguments, std::string_view name, std::size_t otherwise, std::size_t most);

class Console;
// The text of --before: a transaction as `runbook log` shows it, or a moment.
Before read_before(Console& console, const std::optional<DatabaseName>& database, const std::string& text);

}  // namespace holdfast
