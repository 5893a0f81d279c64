// Opens a damaged database for reading what can be read of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/row_shapes.hpp"

namespace holdfast {

class ReadableDatabase {
public:
    // Tries the file as it is; then a private copy of it in `folder` with the header of `sound`, a sound state of the same
    // database; then with its whole first page. Damage is no error: is_open() says how far it got. Throws DiskFull where the
    // copy has no room.
    static ReadableDatabase open(const fs::path& damaged, const fs::path& sound, const fs::path& folder);

    bool is_open() const { return connection_.has_value(); }
    Connection& connection() { return *connection_; }
    const File& file() const { return file_->file(); }
    std::vector<TableShape>& shapes() { return shapes_; }
    const std::vector<UnreadablePart>& unreadable() const { return unreadable_; }

private:
    bool try_to_read(const fs::path& file);

    std::optional<DatabaseFile> file_;         // Outlives the connection.
    std::optional<Connection> connection_;
    std::vector<TableShape> shapes_;
    std::vector<UnreadablePart> unreadable_;
    std::string why_not_;
};

}  // namespace holdfast
