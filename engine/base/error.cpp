#include "engine/base/error.hpp"

#include <cerrno>
#include <iterator>
#include <system_error>

#include "engine/base/check.hpp"

namespace holdfast {
namespace {

struct CodeRow {
    ErrorCode code;
    std::string_view name;
    int exit_status;
};

constexpr CodeRow kCodes[] = {
    {ErrorCode::Findings, "findings", 1},
    {ErrorCode::Changes, "changes", 2},
    {ErrorCode::WaitingForApproval, "waiting-for-approval", 3},
    {ErrorCode::CannotRecover, "cannot-recover", 4},
    {ErrorCode::InDoubt, "in-doubt", 5},
    {ErrorCode::Usage, "usage", 64},
    {ErrorCode::BadPolicy, "bad-policy", 65},
    {ErrorCode::BadRunbook, "bad-runbook", 65},
    {ErrorCode::Unavailable, "unavailable", 69},
    {ErrorCode::NotADatabase, "not-a-database", 69},
    {ErrorCode::Internal, "internal", 70},
    {ErrorCode::Corrupt, "corrupt", 74},
    {ErrorCode::Io, "io", 74},
    {ErrorCode::DiskFull, "disk-full", 74},
    {ErrorCode::Missing, "missing", 74},
    {ErrorCode::AlreadyExists, "already-exists", 74},
    {ErrorCode::Busy, "busy", 75},
    {ErrorCode::Changed, "changed", 75},
    {ErrorCode::Cancelled, "cancelled", 75},
    {ErrorCode::NotPermitted, "not-permitted", 77},
    {ErrorCode::WrongKey, "wrong-key", 77},
};

struct ErrnoRow {
    int error_number;
    ErrorCode code;
    std::string_view hint;
};

constexpr ErrnoRow kErrnos[] = {
    {ENOSPC, ErrorCode::DiskFull, "Free some space there and run the command again; nothing that was there has been lost."},
    {EDQUOT, ErrorCode::DiskFull, "The quota is used up; free some space and run the command again."},
    {EACCES, ErrorCode::NotPermitted, "Check the owner and the permissions of the file and the folders above it."},
    {EPERM, ErrorCode::NotPermitted, "Check the owner and the permissions of the file and the folders above it."},
    {EROFS, ErrorCode::NotPermitted, "The file system is mounted read-only."},
    {ENOENT, ErrorCode::Missing, ""},
    {EEXIST, ErrorCode::AlreadyExists, ""},
    {EIO, ErrorCode::Io, "The device reports an error; look at the kernel's log (dmesg) before you trust it."},
};

const CodeRow& row_of(ErrorCode code) {
    for (const CodeRow& row : kCodes) {
        if (row.code == code) return row;
    }
    HOLDFAST_CHECK(false);
    return kCodes[0];
}

}  // namespace

std::string_view name_of(ErrorCode code) { return row_of(code).name; }

int exit_status_of(ErrorCode code) { return row_of(code).exit_status; }

void throw_errno(int error_number, std::string_view what) {
    std::string message = std::string(what) + ": " + std::generic_category().message(error_number);
    for (const ErrnoRow& row : kErrnos) {
        if (row.error_number == error_number) throw Error(row.code, std::move(message), std::string(row.hint));
    }
    throw Error(ErrorCode::Io, std::move(message));
}

}  // namespace holdfast
