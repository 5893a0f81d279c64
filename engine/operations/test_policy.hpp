// `policy test`: policies that are given, and the findings that they must have, exactly.
//
// A case is a folder with policy files and a file `expect`: a line per finding, "ID", "ID FILE:LINE" or "ID FILE:LINE SUBJECT" ("-" for no
// place); `today: 2026-11-24` sets the day against which waivers are judged; what follows a # is a comment. Judged are the policy's own
// check and those of `comply checks` that need nothing but the policy.
#pragma once

#include <vector>

#include "engine/model/finding.hpp"
#include "engine/operations/built.hpp"

namespace holdfast {

struct PolicyTestCase {
    std::string name;                        // Of the folder.
    std::vector<std::string> missing;        // Expected and not found, as written.
    std::vector<std::string> unexpected;     // Found and not expected, as it would be written.
    std::size_t found = 0;
    bool passed() const { return missing.empty() && unexpected.empty(); }
};

// By name. Throws Error{Missing} where `folder` holds no case, Error{Usage} with the line for an `expect` that cannot be read.
std::vector<PolicyTestCase> test_policies(const Built& built, const fs::path& folder);

// For JUnit and JSON: a note for each that passed, an error for each that did not.
std::vector<Finding> as_findings(const std::vector<PolicyTestCase>& cases);

}  // namespace holdfast
