// Fetches a secret from where the policy says it is: a variable, a file, a command's output.
#pragma once

#include <string>

#include "engine/base/secret.hpp"
#include "engine/model/policy.hpp"

namespace holdfast {

// Trailing line breaks are cut off. Throws Error{NotPermitted} where it is missing, empty, or a file that
// others may read; messages name the source, never the content.
Secret fetch_secret(const SecretSource& source);

// "env:BACKUP_ENCRYPTION_KEY", for messages.
std::string to_text(const SecretSource& source);

}  // namespace holdfast
