// `doctor`: is everything there that a backup and a recovery will need? Leaves nothing behind, and goes on to the
// next question whatever the answer was.
#pragma once

#include "engine/operations/open.hpp"

namespace holdfast {

struct Diagnosis {
    std::string subject;     // "database orders"
    bool ok = true;
    std::string says;        // "SQLite 3.40.1, 4.1 GB"
    std::string advice;      // What to do; empty where it is well.
};

// `repair`: puts back first what can be put back without guessing, a lost or damaged repository.json, and says so.
std::vector<Diagnosis> examine(const Built& built, const fs::path& policy_folder, bool repair = false);

}  // namespace holdfast
