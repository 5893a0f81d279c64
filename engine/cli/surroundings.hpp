// What the command line is surrounded by: made by engine/app for the real program, by tests for theirs.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>

#include "engine/base/cancel.hpp"
#include "engine/operations/built.hpp"

namespace holdfast {

struct Surroundings {
    const Built& built;
    std::ostream& out;                  // Results.
    std::ostream& err;                  // Everything else.
    fs::path here;                      // The current folder.
    std::function<std::optional<std::string>(const std::string& name)> variable = {};   // The environment.
    // Asks the person at the terminal and returns one line; not set where nobody is there.
    std::function<std::optional<std::string>(std::string_view prompt)> ask = {};
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool colour = false;
    std::size_t columns = 100;
    CancelToken cancel = {};
};

}  // namespace holdfast
