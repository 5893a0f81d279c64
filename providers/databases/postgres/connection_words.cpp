#include "providers/databases/postgres/connection_words.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string_view>

#include "engine/base/error.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/secret_source.hpp"

namespace holdfast {
namespace {

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

bool is_secret(std::string_view keyword) { return keyword == "password" || keyword == "sslpassword"; }

void refuse_secrets(const std::string& words) {
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(words.c_str(), nullptr));
    if (!options) return;   // Connecting says what is wrong with it.
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr || !is_secret(option->keyword)) continue;
        throw Error(ErrorCode::NotPermitted, "the connection holds a password",
                    "Take it out and change it. Passwords stand in ~/.pgpass, or the whole connection in env:NAME or file:PATH.");
    }
}

}  // namespace

NamedInWords named_in(const ConnectionWords& words) {
    const std::string text(as_text(words.words.reveal()));
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(text.c_str(), nullptr));
    NamedInWords named;
    for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        if (std::string_view(option->keyword) == "dbname") named.database = option->val;
        if (std::string_view(option->keyword) == "user") named.user = option->val;
    }
    return named;
}

std::string quoted_word(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "'";
}

std::map<std::string, std::string> environment_of(const ConnectionWords& words) {
    const std::string text(as_text(words.words.reveal()));
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(text.c_str(), nullptr));
    std::map<std::string, std::string> environment;
    for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        if (option->envvar != nullptr) environment[option->envvar] = option->val;
        else if (std::string_view(option->keyword) == "service") environment["PGSERVICE"] = option->val;
    }
    return environment;
}

ProgramAddress address_in(const ConnectionWords& words) {
    const std::string text(as_text(words.words.reveal()));
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(text.c_str(), nullptr));
    ProgramAddress address{.location = {}, .variables = environment_of(words)};
    address.variables.erase("PGPASSWORD");
    for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
        if (option->val == nullptr || is_secret(option->keyword)) continue;
        address.location += (address.location.empty() ? "" : " ") + std::string(option->keyword) + "=" + quoted_word(option->val);
    }
    return address;
}

ConnectionWords connection_words(const std::string& connection) {
    if (connection.starts_with("env:")) return {fetch_secret({SecretKind::Environment, connection.substr(4)}), connection};
    if (connection.starts_with("file:")) return {fetch_secret({SecretKind::File, connection.substr(5)}), connection};
    refuse_secrets(connection);
    return {Secret(std::string_view(connection)), printable(connection)};
}

}  // namespace holdfast
