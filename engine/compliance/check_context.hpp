// What a check sees, and where it says what falls short.
#pragma once

#include <string>
#include <vector>

#include "engine/compliance/evidence.hpp"
#include "engine/compliance/slot_lists.hpp"
#include "engine/model/finding.hpp"

namespace holdfast {

// A finding before its place in the text is known.
struct Shortfall {
    std::string check;
    Severity severity = Severity::Warning;
    std::string subject;                 // The database or store.
    std::vector<std::string> path;       // Of the policy's value concerned: {"environments", "prod", "copies"}.
    std::string message;                 // With the arithmetic.
    std::string fix;
    bool operator==(const Shortfall&) const = default;
};

class CheckContext {
public:
    // References outlive it.
    CheckContext(const Policy& policy, const Evidence& evidence, SlotLists& slots);

    struct Subject {
        const DatabaseSpec& database;
        const EnvironmentSpec& environment;
        const BackupPolicy& backups;
        const DatabaseEvidence& past;
        const std::string& name() const { return database.name.str(); }
    };
    const Policy& policy;
    const Evidence& evidence;
    SlotLists& slots;
    const std::vector<Subject>& subjects() const { return subjects_; }
    Instant now() const { return evidence.as_of; }

    struct Said {
        std::string subject;
        std::vector<std::string> path;
        std::string message, fix;
    };
    void report(Said said) { report(severity_, std::move(said)); }
    void report(Severity severity, Said said);
    // The check cannot be judged; why, in a sentence's end.
    void cannot_judge(std::string why) { not_judged_ = std::move(why); }

    // ---- between checks ----
    void begin(std::string_view check, Severity severity);
    const std::string& not_judged() const { return not_judged_; }
    std::vector<Shortfall> take() { return std::move(found_); }

private:
    std::vector<Subject> subjects_;
    std::vector<Shortfall> found_;
    std::string check_, not_judged_;
    Severity severity_ = Severity::Warning;
};

}  // namespace holdfast
