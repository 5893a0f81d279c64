// Proofs as a table for people, with what to change below it.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/operations/prove.hpp"

namespace holdfast {

std::string proofs_text(const Proofs& proofs, Console& console);

}  // namespace holdfast
