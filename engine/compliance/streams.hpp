// From what a database can be brought back after a disaster: its log, its states, its dumps; each with the rules that make it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/compliance/survivors.hpp"

namespace holdfast {

struct Stream {
    std::string name;                       // "log", "full and incremental", "logical"
    std::vector<const BackupRule*> rules;   // Any of their runs counts.
    std::optional<Duration> unnoticed;      // Damage may go unnoticed for so long, and is in every state made meanwhile …
    std::string unnoticed_why;              // … where this is not empty, for ever.
    bool continuous = false;                // A log that is followed: it has no runs.
    bool copied_within_run = false;         // Copies belong to the run itself.
};

// Pointers into `policy`. A corruption is in every state that was made since; only a database that is checked on a restored
// copy (verify) has states that are known to be free of it. The log repeats what was committed, not what the disk made of it.
std::vector<Stream> streams_of(const BackupPolicy& policy, Disaster disaster);

}  // namespace holdfast
