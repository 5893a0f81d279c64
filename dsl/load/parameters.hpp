// Reads a run's parameters from the command line's texts, by the runbook's own declarations.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dsl/load/runbook.hpp"
#include "engine/model/log.hpp"
#include "engine/model/policy.hpp"

namespace holdfast {

struct ParameterContext {
    const Policy& policy;
    // Reads an instant as the command line writes it (RFC 3339, wall clock in the policy's zone, "20m ago").
    std::function<Instant(const std::string&)> read_instant;
    // Reads a transaction as `runbook log` shows it ("01k8zt3m4f:1842"); nothing where the text has another form. Empty: none is known.
    std::function<std::optional<Before>(const std::string&)> read_transaction = {};
};

// `given`: parameter's name → the texts given for it, in order. Returns the record "parameters" with a field for each declared
// parameter. A database that is left out is the only one there is. Throws Error{Usage} that names the flag and says what is right.
Value read_parameters(const Runbook& runbook, const std::map<std::string, std::vector<std::string>>& given,
                      const ParameterContext& context);

// Splits "--before", "2026-11-20 14:05", "--table=orders", "--force" by the runbook's flags. Throws Error{Usage} for an unknown flag.
std::map<std::string, std::vector<std::string>> split_arguments(const Runbook& runbook, const std::vector<std::string>& arguments);

// The block of `runbook run NAME --help`: one line per parameter with type, default and help.
std::string parameter_help(const Runbook& runbook);

}  // namespace holdfast
