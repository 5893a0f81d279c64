#include "providers/databases/postgres/server_programs.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdlib>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr const char* kProgramsVariable = "HOLDFAST_POSTGRES_PROGRAMS";
constexpr const char* kUserVariable = "HOLDFAST_POSTGRES_USER";

std::string variable(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? std::string() : text;
}

std::string for_major(std::string folder, int major) {
    constexpr std::string_view kPlace = "{major}";
    for (auto at = folder.find(kPlace); at != std::string::npos; at = folder.find(kPlace)) folder.replace(at, kPlace.size(), std::to_string(major));
    return folder;
}

std::vector<fs::path> folders(int major) {
    std::vector<fs::path> found;
    for (const std::string& folder : split(variable(kProgramsVariable), ':')) {
        if (folder.starts_with('/')) found.emplace_back(for_major(folder, major));
    }
    found.emplace_back(fmt::format("/usr/lib/postgresql/{}/bin", major));
    found.emplace_back(fmt::format("/usr/pgsql-{}/bin", major));
    return found;
}

}  // namespace

std::optional<fs::path> find_postgres_program(int major, const std::string& name) {
    for (const fs::path& folder : folders(major)) {
        if (::access((folder / name).c_str(), X_OK) == 0) return folder / name;
    }
    return std::nullopt;
}

fs::path require_postgres_program(int major, const std::string& name) {
    if (auto found = find_postgres_program(major, name)) return *found;
    throw Error(ErrorCode::Unavailable, fmt::format("this machine has no {} of PostgreSQL {}", name, major),
                fmt::format("Install postgresql-{0}, or say where it is: {1}=/opt/postgresql-{{major}}/bin", major, kProgramsVariable));
}

std::optional<SystemUser> server_user() {
    if (::geteuid() != 0) return std::nullopt;
    const std::string wanted = variable(kUserVariable);
    const std::string name = wanted.empty() ? "postgres" : wanted;
    const auto user = find_system_user(name);
    if (user && user->user != 0) return user;
    throw Error(ErrorCode::Unavailable, fmt::format("a server does not run as root, and there is no user {} to start it as", printable(name, 60)),
                fmt::format("Name another one: {}=backup", kUserVariable));
}

int major_of_cluster(const fs::path& data_folder) {
    const std::string text = read_text_file(data_folder / "PG_VERSION", 64);
    int major = 0;
    std::from_chars(text.data(), text.data() + text.size(), major);
    if (major >= 13) return major;
    throw Error(ErrorCode::NotADatabase, fmt::format("{} is of PostgreSQL {}", data_folder.string(), printable(trim(text), 20)), "13 and newer are supported.");
}

}  // namespace holdfast
