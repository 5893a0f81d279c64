#include "engine/sqlite/failure.hpp"

#include <sqlite3.h>

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("result codes have the error code that tells the operator what to do", "[sqlite]") {
    CHECK(error_code_of(SQLITE_BUSY_SNAPSHOT) == ErrorCode::Busy);
    CHECK(error_code_of(SQLITE_NOTADB) == ErrorCode::NotADatabase);
    CHECK(error_code_of(SQLITE_FULL) == ErrorCode::DiskFull);
    CHECK(error_code_of(SQLITE_CORRUPT_INDEX) == ErrorCode::Corrupt);
    CHECK(error_code_of(SQLITE_READONLY_DIRECTORY) == ErrorCode::NotPermitted);
    CHECK(error_code_of(SQLITE_CONSTRAINT_UNIQUE) == ErrorCode::AlreadyExists);
    CHECK(error_code_of(SQLITE_CONSTRAINT_CHECK) == ErrorCode::Changed);
    CHECK(error_code_of(SQLITE_MISUSE) == ErrorCode::Internal);
}
