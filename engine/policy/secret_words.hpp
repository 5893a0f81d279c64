// Recognises passwords and keys that somebody wrote where they do not belong: what is recognised is
// refused and never shown. It errs on the side of suspicion.
#pragma once

#include <string>
#include <string_view>

namespace holdfast {

// A key that would hold a secret: "password", "access_key".
bool is_secret_name(std::string_view word);

// "user:word@host" in a URL.
bool has_password_in_url(std::string_view url);

// "password=x" in a connection or in a URL's query.
bool has_secret_setting(std::string_view text);

// ASCII letters in lower case.
std::string lowered(std::string_view text);

}  // namespace holdfast
