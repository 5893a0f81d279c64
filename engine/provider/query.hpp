// Asking a state of a database in SQL without restoring it: the provider reads from the repository what a statement
// needs, and nothing else. A server's provider may start an instance of its own over the same bytes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/error.hpp"
#include "engine/base/time.hpp"
#include "engine/model/row.hpp"
#include "engine/provider/image.hpp"

namespace holdfast {

// The files of one state, read in any order. What a read throws (damage, a wrong key, a store that is away) is what the
// one who asked the question is told.
class StateFiles {
public:
    virtual ~StateFiles() = default;
    virtual const std::vector<ImageFile>& files() const = 0;
    // Requires: the range lies in the file.
    virtual void read_at(const std::string& file, std::uint64_t offset, std::span<std::byte> out) = 0;
};

// The statement names a table or column that this state does not have; another state may.
struct NotInState : Error {
    using Error::Error;
};

// The rows that one statement answers. A row lives until the next call.
class SqlRows {
public:
    virtual ~SqlRows() = default;
    virtual const std::vector<std::string>& columns() const = 0;
    virtual const SqlRow* next() = 0;   // nullptr at the end.
};

// One state, open for statements that read. One thread at a time.
class SqlReader {
public:
    virtual ~SqlReader() = default;
    // Throws Usage (not one statement of SQL), NotPermitted (it does more than read), NotInState (code
    // Missing), Corrupt (the database itself was damaged), Cancelled (stopped, or longer than `time_limit`).
    // The rows must not outlive this.
    virtual std::unique_ptr<SqlRows> query(const std::string& sql, std::optional<Duration> time_limit) = 0;
};

// What a page of a state belongs to.
struct PageOwner {
    std::string table;    // "orders"; empty: it belongs to none.
    std::string index;    // Of that table: "orders_by_day".
    std::string part;     // Without a table: "schema", "free", "pointer map", "unknown" …
    bool operator==(const PageOwner&) const = default;
};
std::string to_text(const PageOwner& owner);   // "orders", "orders (index orders_by_day)", "free"

// How many of some pages belong to what, indexes counted with their table; most pages first.
struct PageCount {
    std::string name;
    std::uint64_t pages = 0;
    bool operator==(const PageCount&) const = default;
};
std::vector<PageCount> count_by_table(std::span<const PageOwner> owners);

}  // namespace holdfast
