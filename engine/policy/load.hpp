// Reads a policy folder: text in, a model::Policy and everything that is wrong with it out. All files of
// the folder are read as one; all problems are found at once, each with its place, the excerpt and the
// smallest fix. Only `folder` is touched: no clock, no network, no environment variables.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.hpp"
#include "engine/model/finding.hpp"
#include "engine/model/policy.hpp"

namespace holdfast {

// Parts of the language that a build may or may not carry out. What is missing is still parsed and
// checked; a note with the id `not-in-build` names it.
enum class PolicyFeature : std::uint8_t {
    LogBackup,         // backups.log
    ContinuousLog,     // backups.log: continuous
    LogicalBackup,     // backups.logical
    FurtherCopies,     // More than one store under `copies`.
    StoreLock,         // stores.*.lock
    IntegrityChecks,   // verify.integrity_every
    RestoreChecks,     // verify.after_backup: restore
    KeyRotation,       // encryption.rotate_every, done by itself when due
    Drills,
    Notifications,
};

struct LoadOptions {
    std::vector<EngineKind> engines;             // Those this build has.
    std::vector<std::string> store_schemes;      // "file", …: those this build has.
    std::filesystem::path folder;                // The policy folder; relative paths start at its parent.
    Instant today{};                             // Waivers are judged against it.
    std::set<PolicyFeature> features;            // What this build carries out beyond full and incremental backups.
    std::optional<std::vector<std::string>> runbooks;   // Names that exist; nothing: they are not checked.
};

// Where each value of the policy stands in the text, after `extends`.
class PolicyDocument;
class Origins {
public:
    // Returns the place of the value at `path`, e.g. {"databases", "orders", "policy"}; an inherited value has
    // its place in the policy it came from. Nothing where the text does not say it: then it is the default.
    std::optional<SourcePlace> place_of(const std::vector<std::string>& path) const;
    // Names of the policies from `policy` itself to its last ancestor.
    std::vector<std::string> ancestry_of(const PolicyName& policy) const;
    // The name of the policy whose own text gives `path` (below the policy's name), or nothing.
    std::optional<std::string> given_by(const PolicyName& policy, const std::vector<std::string>& path) const;

    // The tree never changes and every copy of a LoadedPolicy looks at the same one: hence shared.
    std::shared_ptr<const PolicyDocument> document;
};

struct LoadedPolicy {
    Policy policy;                     // Complete only where usable(); otherwise what could be read.
    std::vector<Finding> findings;     // By file, line and column; what has no place comes last.
    Origins origins;

    bool usable() const;               // No finding is an error.
};

// Reads every *.yaml and *.yml directly in `options.folder`. Throws Error{Missing} where the folder is not
// there and Error{Io, NotPermitted} where it cannot be read; what is wrong *in* the files is a finding.
LoadedPolicy load_policy(const LoadOptions& options);

struct PolicyText {
    std::string name;    // As shown in places: "acme.yaml".
    std::string text;
};
// The same from memory.
LoadedPolicy load_policy_texts(std::vector<PolicyText> texts, const LoadOptions& options);
LoadedPolicy load_policy_text(std::string name, std::string text, const LoadOptions& options = {});

}  // namespace holdfast
