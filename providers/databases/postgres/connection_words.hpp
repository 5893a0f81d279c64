// What a policy's `connection` says: libpq's own words ("service=orders", a URI, "host=… user=…"), or where they
// are (env:NAME, file:PATH). Words that stand in the policy may hold no password; those from elsewhere may.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/detached.hpp"
#include "engine/base/secret.hpp"
#include "engine/provider/provider.hpp"

namespace holdfast {

struct ConnectionWords {
    Secret words;        // For libpq.
    std::string shown;   // What messages call it: the policy's own text, which has no secret in it.
    std::optional<SystemUser> as = std::nullopt;   // Where we are root: as whom the socket is opened, for a server that asks the system who comes (peer).

    ConnectionWords clone() const { return {words.clone(), shown, as}; }
};

// What the words themselves say; empty where they leave it to a service, the environment or libpq.
struct NamedInWords {
    std::string database, user;
};
NamedInWords named_in(const ConnectionWords& words);

// A value as one of libpq's words: "dbname=" + quoted_word(name).
std::string quoted_word(std::string_view text);

// The same words as environment variables for libpq's own programs, whose argument lists everybody can read. Holds secrets: for a child's
// environment alone. Words that no variable stands for are left out.
std::map<std::string, std::string> environment_of(const ConnectionWords& words);

// The words without their secrets, and the variables in which libpq's programs read the same.
ProgramAddress address_in(const ConnectionWords& words);

// Throws Error{NotPermitted} where the place cannot be read or others may read it, and where a password stands in the policy's own text.
ConnectionWords connection_words(const std::string& connection);

}  // namespace holdfast
