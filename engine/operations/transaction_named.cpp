#include "engine/operations/transaction_named.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/find_target.hpp"

namespace holdfast {

std::optional<Before> transaction_named(const Workplace& workplace, const std::optional<DatabaseName>& database, const std::string& text) {
    if (database) return read_transaction(workplace.installation(), workplace.installation().database(*database).name, text);
    std::optional<Error> missing;
    for (const DatabaseSpec& spec : workplace.policy().databases) {
        try {
            return read_transaction(workplace.installation(), spec.name, text);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Missing) throw;
            missing = error;
        }
    }
    if (missing) throw Error(ErrorCode::Missing, fmt::format("no database of the policy has a transaction {}", printable(text, 60)), missing->hint);
    return std::nullopt;
}

}  // namespace holdfast
