#include "engine/sqlite/failure.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <string>

namespace holdfast {
namespace {

struct Meaning {
    int result;
    ErrorCode code;
    std::string_view hint;
};

// Extended codes first: the first line that fits decides.
constexpr Meaning kMeanings[] = {
    {SQLITE_CONSTRAINT_UNIQUE, ErrorCode::AlreadyExists, ""},
    {SQLITE_CONSTRAINT_PRIMARYKEY, ErrorCode::AlreadyExists, ""},
    {SQLITE_CONSTRAINT_ROWID, ErrorCode::AlreadyExists, ""},
    {SQLITE_CONSTRAINT, ErrorCode::Changed, "The row does not fit the table as it is now."},
    {SQLITE_BUSY, ErrorCode::Busy, "Another program holds the database; try again in a moment."},
    {SQLITE_LOCKED, ErrorCode::Busy, "Another connection of this program holds the table; try again in a moment."},
    {SQLITE_NOTADB, ErrorCode::NotADatabase, "The file is no SQLite database, or it is encrypted by an extension; check the path."},
    {SQLITE_CORRUPT, ErrorCode::Corrupt, "The database file is damaged; restore it from a backup."},
    {SQLITE_FULL, ErrorCode::DiskFull, "Free some space on the file system and try again."},
    {SQLITE_CANTOPEN, ErrorCode::Missing, "Check the path and who may read it."},
    {SQLITE_READONLY, ErrorCode::NotPermitted, "Check who may write the file and its folder."},
    {SQLITE_PERM, ErrorCode::NotPermitted, "Check who may read and write the file and its folder."},
    {SQLITE_AUTH, ErrorCode::NotPermitted, ""},
    {SQLITE_INTERRUPT, ErrorCode::Cancelled, ""},
    {SQLITE_SCHEMA, ErrorCode::Changed, "The tables were changed meanwhile; try again."},
    {SQLITE_IOERR, ErrorCode::Io, "The disk or file system failed; look at the system's log."},
    {SQLITE_TOOBIG, ErrorCode::Io, ""},
    {SQLITE_NOLFS, ErrorCode::Io, "The file system takes no large files."},
};

const Meaning* meaning_of(int result) {
    for (const Meaning& meaning : kMeanings) {
        if (meaning.result == result || meaning.result == (result & 0xff)) return &meaning;
    }
    return nullptr;
}

}  // namespace

ErrorCode error_code_of(int sqlite_result) {
    const Meaning* meaning = meaning_of(sqlite_result);
    return meaning == nullptr ? ErrorCode::Internal : meaning->code;
}

void throw_sqlite(sqlite3* database, int result, std::string_view what) {
    const Meaning* meaning = meaning_of(result);
    Error error(meaning == nullptr ? ErrorCode::Internal : meaning->code,
                std::string(what) + ": " + (database == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(database)),
                meaning == nullptr ? "" : std::string(meaning->hint));
    // A full disk shows as a plain I/O error where it hits the shared-memory file or a journal.
    if (database != nullptr && (result & 0xff) == SQLITE_IOERR) {
        const int system = sqlite3_system_errno(database);
        if (system == ENOSPC || system == EDQUOT) {
            error.code = ErrorCode::DiskFull;
            error.hint = "Free some space on the file system and try again.";
        }
    }
    throw error;
}

}  // namespace holdfast
