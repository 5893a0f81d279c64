// `book list`, `show`, `lint` and `new`: the runbooks that are there.
#pragma once

#include <string>
#include <vector>

#include "dsl/load/runbook.hpp"
#include "engine/base/file.hpp"
#include "engine/model/finding.hpp"

namespace holdfast {

struct BookEntry {
    std::string name;
    fs::path file;
    std::string purpose;
    std::string problem;      // Not empty: it cannot be loaded, and this is why.
};
std::vector<BookEntry> list_books(const std::vector<fs::path>& folders);

// By name, from the first folder that has it. Throws Error{Usage} with a suggestion.
Runbook load_book(const std::string& name, const std::vector<fs::path>& folders);
// One line per parameter: type, default, help.
std::string parameters_text(const Runbook& book);

// `what`: names, or files relative to `here`. Empty: every runbook of the folders.
struct BookLint {
    std::vector<Finding> findings;
    std::vector<fs::path> checked;
    int exit_status() const;          // 65 with errors, 1 with warnings, 0 else.
};
BookLint lint_books(const std::vector<std::string>& what, const fs::path& here, const std::vector<fs::path>& folders);

// Writes runbooks/NAME.lua into `folder`. Throws AlreadyExists.
fs::path new_book(const std::string& name, const fs::path& folder);

}  // namespace holdfast
