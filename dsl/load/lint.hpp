// Finds what is wrong or unwise in a runbook without running any effect: it reads the names in the file and walks the body
// with unknown values, along both answers of every question that cannot be answered beforehand.
#pragma once

#include <string>
#include <vector>

#include "engine/base/file.hpp"
#include "engine/model/finding.hpp"

namespace holdfast {

// Findings by line. Ids: runbook-error, unknown-name, not-available, effect-not-used, no-undo, no-approval,
// no-safety-backup, name-differs, no-help, never-done.
std::vector<Finding> lint_runbook(const std::string& text, const fs::path& file);

}  // namespace holdfast
