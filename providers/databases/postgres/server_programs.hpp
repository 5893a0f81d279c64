// Which PostgreSQL programs this machine has, and under which user a server is started here.
//
// Looked for: the folders that HOLDFAST_POSTGRES_PROGRAMS names ({major} in them stands for the version), then where Debian's and
// Red Hat's packages put them. A server never runs as root: run by root it is started as HOLDFAST_POSTGRES_USER, or postgres.
#pragma once

#include <optional>
#include <string>

#include "engine/base/detached.hpp"

namespace holdfast {

// The path of a program ("postgres", "pg_dump") of this major version; nothing where it is not here.
std::optional<fs::path> find_postgres_program(int major, const std::string& name);

// Throws Error{Unavailable} that says what to install.
fs::path require_postgres_program(int major, const std::string& name);

// Nothing: the one that we are. Throws Error{Unavailable} where we are root and there is no other.
std::optional<SystemUser> server_user();

// Major version of the data directory. Throws Error{Missing, NotADatabase}.
int major_of_cluster(const fs::path& data_folder);

}  // namespace holdfast
