#include "providers/databases/postgres/table_name.hpp"

#include <vector>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/failure.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kUsualSchema = "public";

std::string part_text(const std::string& part) { return part.empty() || part.find_first_of(".\"") != std::string::npos ? quote_name(part) : part; }

[[noreturn]] void fail(std::string_view text) {
    throw Error(ErrorCode::Usage, fmt::format("{} is no name of a table", printable(text, 80)), "Write orders, sales.orders, or \"a.b\".orders.");
}

// The part at the beginning of `rest`, which is taken off it.
std::string take_part(std::string_view& rest, std::string_view whole) {
    if (!rest.starts_with('"')) {
        const std::string part(rest.substr(0, rest.find('.')));
        if (part.empty() || part.find('"') != std::string::npos) fail(whole);
        rest.remove_prefix(part.size());
        return part;
    }
    std::string part;
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (rest[at] != '"') {
            part += rest[at];
        } else if (at + 1 < rest.size() && rest[at + 1] == '"') {
            part += rest[at++];
        } else {
            rest.remove_prefix(at + 1);
            return part;
        }
    }
    fail(whole);
}

}  // namespace

std::string to_text(const TableName& name) {
    return name.schema == kUsualSchema ? part_text(name.table) : part_text(name.schema) + "." + part_text(name.table);
}

TableName parse_table_name(std::string_view text) {
    std::string_view rest = text;
    std::vector<std::string> parts{take_part(rest, text)};
    while (rest.starts_with('.')) {
        rest.remove_prefix(1);
        parts.push_back(take_part(rest, text));
    }
    if (!rest.empty() || parts.size() > 2) fail(text);
    return parts.size() == 1 ? TableName{std::string(kUsualSchema), parts[0]} : TableName{parts[0], parts[1]};
}

std::string sql_of(const TableName& name) { return quote_name(name.schema) + "." + quote_name(name.table); }

}  // namespace holdfast
