// Knows which foreign keys pointed nowhere before a transaction changed rows, and so which ones it broke.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/sqlite/connection.hpp"

namespace holdfast {

class BrokenReferences {
public:
    explicit BrokenReferences(Connection& connection);

    // Called before rows are put into or taken out of a table: the first time, what is broken already is taken down.
    void before_insert(const std::string& table);
    void before_remove(const std::string& table);
    void refresh_tables();   // A table was created or dropped.

    // Returns, as "orders row 12 → customers", at most 100 references that are broken now and were not before.
    std::vector<std::string> newly_broken();

private:
    void take_down(const std::string& table);

    Connection& connection_;
    std::map<std::string, std::set<std::string>> children_;      // Parent in lower case → tables that refer to it.
    std::map<std::string, std::vector<std::uint64_t>> before_;   // Fingerprints of the broken references, sorted: eight bytes each.
    std::set<std::string> removed_from_;
};

}  // namespace holdfast
