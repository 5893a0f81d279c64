#include "providers/databases/postgres/start_advice.hpp"

#include <sys/stat.h>

#include "engine/base/format.hpp"
#include "providers/databases/postgres/server_programs.hpp"

namespace holdfast {
namespace {

bool belongs_to_root(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && status.st_uid == 0;
}

}  // namespace

std::string quoted_for_shell(const std::string& text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

std::vector<std::string> how_to_start(const fs::path& data_folder) {
    std::vector<std::string> sentences;
    const int major = major_of_cluster(data_folder);
    const std::string folder = quoted_for_shell(data_folder.string());
    if (belongs_to_root(data_folder)) sentences.push_back(fmt::format("a server does not run as root: chown -R postgres: {}", folder));
    for (const char* name : {"postgresql.conf", "pg_hba.conf"}) {
        if (!fs::exists(data_folder / name)) sentences.push_back(fmt::format("{} lay outside of the data directory and is in no backup: put one there", name));
    }
    const auto control = find_postgres_program(major, "pg_ctl");
    const std::string program = control ? control->string() : "pg_ctl";
    sentences.push_back(fmt::format("start it as its owner{}: {} -D {} -l {} -o '-p 5433' -w start", control ? "" : fmt::format(", where PostgreSQL {} is", major), program, folder,
                                    quoted_for_shell(data_folder.string() + ".log")));
    if (fs::exists(data_folder / "recovery.signal")) {
        sentences.emplace_back("it replays its log up to the place that was asked for, and waits there, read-only, to be looked at");
        sentences.emplace_back("to make it the database: psql -p 5433 -c 'SELECT pg_wal_replay_resume()'; then take out the lines at the end of postgresql.auto.conf that say how");
    }
    return sentences;
}

}  // namespace holdfast
