#include "engine/base/error.hpp"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace holdfast;

TEST_CASE("every code has a name and the exit status of the design", "[base][error]") {
    CHECK(exit_status_of(ErrorCode::Findings) == 1);
    CHECK(exit_status_of(ErrorCode::Changes) == 2);
    CHECK(exit_status_of(ErrorCode::WaitingForApproval) == 3);
    CHECK(exit_status_of(ErrorCode::CannotRecover) == 4);
    CHECK(exit_status_of(ErrorCode::InDoubt) == 5);
    CHECK(exit_status_of(ErrorCode::Usage) == 64);
    CHECK(exit_status_of(ErrorCode::BadPolicy) == 65);
    CHECK(exit_status_of(ErrorCode::Unavailable) == 69);
    CHECK(exit_status_of(ErrorCode::Internal) == 70);
    CHECK(exit_status_of(ErrorCode::DiskFull) == 74);
    CHECK(exit_status_of(ErrorCode::Busy) == 75);
    CHECK(exit_status_of(ErrorCode::NotPermitted) == 77);
    CHECK(name_of(ErrorCode::DiskFull) == "disk-full");
}

TEST_CASE("a message grows outward", "[base][error]") {
    try {
        within("back up orders", [] { within("read pack 3f9c", [] { throw Error(ErrorCode::Corrupt, "short read", "Verify it."); }); });
        FAIL("not thrown");
    } catch (const Error& error) {
        CHECK(error.message == "back up orders: read pack 3f9c: short read");
        CHECK(error.hint == "Verify it.");
        CHECK(error.code == ErrorCode::Corrupt);
    }
    CHECK(within("x", [] { return 7; }) == 7);
}

TEST_CASE("a failed system call becomes the code that suits it", "[base][error]") {
    const auto code_of = [](int number) {
        try {
            throw_errno(number, "write /srv/x");
        } catch (const Error& error) {
            CHECK(error.message.starts_with("write /srv/x: "));
            return error.code;
        }
    };
    CHECK(code_of(ENOSPC) == ErrorCode::DiskFull);
    CHECK(code_of(EDQUOT) == ErrorCode::DiskFull);
    CHECK(code_of(EACCES) == ErrorCode::NotPermitted);
    CHECK(code_of(ENOENT) == ErrorCode::Missing);
    CHECK(code_of(EEXIST) == ErrorCode::AlreadyExists);
    CHECK(code_of(EMFILE) == ErrorCode::Io);
}
