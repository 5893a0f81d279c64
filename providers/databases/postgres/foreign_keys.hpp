// References between tables, for a transaction in which the server does not check them (session_replication_role = replica): what it
// put in must point somewhere, and what it took out must not be missed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/table_name.hpp"

namespace holdfast {

class ForeignKeys {
public:
    // `connection` must outlive it, and is in the transaction that is meant.
    explicit ForeignKeys(PostgresConnection& connection) : connection_(connection) { refresh(); }

    void refresh();                             // Tables were made or dropped.
    void before_insert(const TableName& table) { filled_.insert(table); }
    void before_remove(const TableName& table);
    // Rows of this transaction that point nowhere, and rows that pointed to what it removed, as "items (order_id) = (12) → orders".
    // What they point to is kept from going until the transaction ends.
    std::vector<std::string> newly_broken();

private:
    struct Key {
        std::string name;
        TableName child, parent;
        std::vector<std::string> child_columns, parent_columns;
        bool operator==(const Key&) const = default;
    };
    std::uint64_t count_broken(const Key& key);
    void add_broken(const Key& key, std::vector<std::string>& broken);

    PostgresConnection& connection_;
    std::vector<Key> keys_;
    std::set<TableName> filled_;
    std::map<std::string, std::uint64_t> broken_before_;   // By child and name; of those whose parent lost rows.
};

}  // namespace holdfast
