// Runs a runbook's top level, which declares name, purpose, parameters and body.
#pragma once

#include "dsl/load/runbook.hpp"
#include "dsl/lua/script.hpp"
#include "dsl/prelude/words.hpp"

namespace holdfast {

struct Declarations {
    Runbook runbook;
    FunctionValue body;     // To be started by the same script.
};

// Binds the whole language into `script`, which must be new, and runs the text. Throws Error{BadRunbook} with file:line.
// `surface` and `made` must outlive the script.
Declarations declare_runbook(Script& script, const Surface& surface, MadeEffects& made, const std::string& text, const fs::path& file);

}  // namespace holdfast
