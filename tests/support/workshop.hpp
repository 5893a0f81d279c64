// A small shop in a folder of its own, and the real program to protect it: a SQLite database, a policy
// with two stores, a key, runbooks. Tests run commands in it, kill them, and look at what is left.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/base/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {

struct ShopOptions {
    int orders = 400;
    bool wal = false;              // Rollback mode: between commands the file is the whole database.
    bool offsite = true;           // A second store that gets copies.
    std::string retention = "{ daily: 30d, at_least: 2 }";
    std::string application = {};  // "{ stop: [...] }", of the database.
    std::string backups = "{ full: { every: 24h }, incremental: { every: 6h } }";
};

// How one command is run.
struct CommandOptions {
    std::string crash_at = {};                          // HOLDFAST_CRASH_AT
    std::chrono::minutes later{0};                      // The program believes that so much time has gone by since the shop was made.
    std::map<std::string, std::string> environment = {};
    std::vector<std::string> through = {};              // Another program in front of it: "strace", "-f", …
    std::chrono::seconds timeout{120};
};

inline constexpr int kKilled = 128 + 9;

class Shop {
public:
    explicit Shop(const ShopOptions& options = {});

    std::filesystem::path folder() const { return top_.path() / "shop"; }
    std::filesystem::path database() const { return folder() / "shop.db"; }
    std::filesystem::path store(const std::string& name = "local") const { return folder() / name; }
    std::filesystem::path state() const { return folder() / ".holdfast"; }
    std::filesystem::path scratch(const std::string& name) const { return top_.path() / name; }   // Not part of what is saved.

    // Runs `runbook`; every outcome is a result.
    ProcessResult run(const std::vector<std::string>& command, const CommandOptions& options = {}) const;
    // The same, but anything except exit status 0 throws with all that it said.
    std::string must(const std::vector<std::string>& command, const CommandOptions& options = {}) const;

    // What it is sealed with: BACKUP_ENCRYPTION_KEY of every command.
    static std::string key();

    // SQL on the live database, as another program would.
    void sql(const std::string& statements) const;
    std::string answer(const std::string& query) const;
    // Everything that is in the database, as text, whatever its pages look like.
    std::string content() const { return content_of(database()); }
    static std::string content_of(const std::filesystem::path& database);

    // Remembers the whole folder; and puts it back as it was.
    void save();
    void restore_saved();

private:
    void write_policy(const ShopOptions& options) const;
    void fill_database(const ShopOptions& options) const;

    TemporaryFolder top_;
    std::chrono::system_clock::time_point made_;
};

// ---- what programs say, read through SQLite's JSON functions ----

// The value at a path such as "$.points[0].id"; empty where there is none.
std::string json_at(const std::string& json, const std::string& path);
// For each element of the array at `array`, the values at `fields`.
std::vector<std::vector<std::string>> json_rows(const std::string& json, const std::string& array,
                                                const std::vector<std::string>& fields);

std::string bytes_of_file(const std::filesystem::path& path);
std::filesystem::path program_path();

}  // namespace holdfast
