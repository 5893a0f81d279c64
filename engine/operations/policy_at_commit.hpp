// The policy folder as it was: at a commit, or at a past time as far as the record says which commit it was.
#pragma once

#include "engine/operations/open.hpp"

namespace holdfast {

// As the folder's files were at this commit (40 or 64 hexadecimal digits), judged as on `today`. Throws Error{Io} where git does not show them.
LoadedPolicy policy_at_commit(const Built& built, const fs::path& folder, const std::string& commit, Instant today);

struct PolicyThen {
    LoadedPolicy loaded;
    std::string commit;          // Empty: it is today's.
    std::string said;            // Which one it is, and why: a sentence without its full stop.
};
// The policy under which the newest thing before `at` was done that the record has a commit of: a recovery point or a drill. Today's
// (`now`) where there is none, git has it no more, or it does not hold by today's rules.
PolicyThen policy_then(const Workplace& workplace, const LoadedPolicy& now, Instant at);

}  // namespace holdfast
