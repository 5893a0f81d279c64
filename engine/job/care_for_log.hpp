// What log streams need besides being written: small pieces merged into larger ones, copies in the other stores, and an end
// where nothing needs them any more.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

// Merges what `store` holds of the newest streams, folding what is older than `any_second` promises, and copies what the
// other stores of the environment lack. Cheap where there is little to do. What fails is a warning: the next time tries again.
void care_for_log(const Installation& installation, const StoreName& store, const DatabaseSpec& spec, Progress& progress, const CancelToken& cancel);

// Removes whole streams that ended before what `any_second` promises and that a newer one or a newer point makes up for.
// Never the newest one. Returns a sentence per stream. Requires: the database's lock.
std::vector<std::string> expire_logs(const Installation& installation, const DatabaseSpec& spec, const CancelToken& cancel);

}  // namespace holdfast
