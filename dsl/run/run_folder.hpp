// Where runs stand: state/runs/<run-id>/, private.
#pragma once

#include <string>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

fs::path run_folder(const Installation& installation, const RunId& run);
fs::path journal_of(const fs::path& folder);
// Those with a journal, newest first: ids begin with their time.
std::vector<RunId> all_runs(const Installation& installation);
// The run whose id begins (or ends: the part that differs is at the end) with `part`. Throws Error{Usage, Missing}.
RunId run_named(const Installation& installation, const std::string& part);
// Throws Error{Missing} for a run that is not there.
fs::path existing_run_folder(const Installation& installation, const RunId& run);

}  // namespace holdfast
