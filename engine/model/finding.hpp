// One way in which policy or reality falls short, or one thing that is wrong in a file.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace holdfast {

enum class Severity : std::uint8_t { Error, Warning, Note };   // Error: refused before it is used.

struct SourcePlace {
    std::string file;       // Relative to the folder that was read.
    int line = 0;           // From 1; 0: the whole file.
    int column = 0;         // From 1.
    std::string excerpt;    // The line as written, shortened.
    bool operator==(const SourcePlace&) const = default;
};

struct Finding {
    std::string id;         // Stable: "unknown-key", "under-floor", "RPO-PROOF".
    Severity severity = Severity::Error;
    std::optional<SourcePlace> place;
    std::string subject;    // The database or policy concerned; empty where it is the file.
    std::string message;    // What is wrong.
    std::string fix;        // The smallest thing to do about it.
    bool operator==(const Finding&) const = default;
};

std::string_view name_of(Severity severity);    // error, warning, note

}  // namespace holdfast
