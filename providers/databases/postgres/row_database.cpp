#include "providers/databases/postgres/row_database.hpp"

#include <functional>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr const char* kNeutral = "postgres";   // Every cluster has it, and few keep anything in it.

PostgresConnection choose(PostgresConnection neutral, const std::function<PostgresConnection(const std::string&)>& open) {
    const PostgresResult found = neutral.execute("SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres' ORDER BY 1");
    std::vector<std::string> names;
    for (std::size_t row = 0; row < found.rows(); ++row) names.emplace_back(found.text(row, 0));
    if (names.empty()) return neutral;
    if (names.size() == 1) return open(names.front());
    throw Error(ErrorCode::Usage, fmt::format("the cluster has {} databases: {}", names.size(), printable(join(names, ", "), 300)),
                "Name the one whose rows are meant in the connection: dbname=" + printable(names.front(), 60));
}

}  // namespace

PostgresConnection open_row_database(const ConnectionWords& words, const CancelToken& cancel) {
    PostgresConnection connection = PostgresConnection::open(words, {}, cancel);
    if (!named_in(words).database.empty() || connection.database() != kNeutral) return connection;
    return choose(std::move(connection), [&](const std::string& name) { return PostgresConnection::open(words, {.database = name}, cancel); });
}

PostgresConnection open_row_database(const InstanceAddress& address, const CancelToken& cancel) {
    if (!address.live_database.empty()) return connect_to_instance(address, address.live_database, cancel);
    return choose(connect_to_instance(address, kNeutral, cancel), [&](const std::string& name) { return connect_to_instance(address, name, cancel); });
}

std::string name_of_row_database(const ConnectionWords& words, const CancelToken& cancel) {
    try {
        return open_row_database(words, cancel).database();
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        return named_in(words).database;   // The copy is needed most where the live server is gone.
    }
}

}  // namespace holdfast
