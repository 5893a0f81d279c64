// The command line in a folder of its own: a policy, a sample database, a clock moved by hand, and the program
// run inside this process, with everything it writes caught.
#pragma once

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "engine/cli/program.hpp"
#include "providers/databases/sqlite/sqlite_provider.hpp"
#include "providers/stores/local/local_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {

struct Ran {
    int status = 0;
    std::string out;
    std::string err;
    bool says(std::string_view text) const { return out.find(text) != std::string::npos; }
    bool complains(std::string_view text) const { return err.find(text) != std::string::npos; }
};

class CommandFixture {
public:
    TemporaryFolder folder;
    ManualClock clock{"2026-11-20T12:00:00Z"};
    StoreRegistry stores;
    ProviderRegistry providers;
    std::map<std::string, std::string> variables;
    std::vector<std::string> answers;              // What the person types, one after the other.
    bool somebody_there = false;                   // At the terminal.
    std::vector<std::string> questions;            // What was asked.

    CommandFixture() {
        ::setenv("HOLDFAST_TEST_KEY", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1);
        stores.add("file", &open_local_store);
        providers.add(std::make_unique<SqliteProvider>());
    }

    // A policy for the database "orders", which is made where it is missing.
    void set_up(const std::string& more = "") {
        std::filesystem::create_directories(folder / "policies");
        write("policies/policy.yaml", policy_text() + more);
        if (!std::filesystem::exists(database())) make_sample_database(database());
    }

    Ran run(const std::vector<std::string>& words) {
        std::ostringstream out, err;
        const Built built{stores, providers, clock, "0.1.0", {std::filesystem::path(HOLDFAST_SOURCE_DIR) / "runbooks"}};
        Surroundings around{.built = built, .out = out, .err = err, .here = folder.path()};
        around.variable = [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
        if (somebody_there) around.ask = [this](std::string_view prompt) { return next_answer(prompt); };
        const int status = run_program(words, around);
        return {status, out.str(), err.str()};
    }

    std::filesystem::path database() const { return folder / "orders.db"; }
    void write(const std::string& name, const std::string& text) { std::ofstream(folder / name) << text; }

    static std::string policy_text() {
        return "version: 1\n"
               "timezone: Europe/Berlin\n"
               "stores:\n"
               "  local: { url: \"file:backups\" }\n"
               "encryption: { key: \"env:HOLDFAST_TEST_KEY\" }\n"
               "environments:\n"
               "  shop: { rpo: 26h, rto: 1h, copies: [local] }\n"
               "policies:\n"
               "  nightly:\n"
               "    backups:\n"
               "      full:        { cron: \"0 2 * * Sun\" }\n"
               "      incremental: { cron: \"0 2 * * Mon-Sat\" }\n"
               "    retention: { daily: 30d, weekly: 3mo, at_least: 3 }\n"
               "databases:\n"
               "  orders: { engine: sqlite, environment: shop, policy: nightly, path: orders.db }\n";
    }

private:
    std::optional<std::string> next_answer(std::string_view prompt) {
        questions.emplace_back(prompt);
        if (answers.empty()) return std::nullopt;
        const std::string answer = answers.front();
        answers.erase(answers.begin());
        return answer;
    }
};

}  // namespace holdfast
