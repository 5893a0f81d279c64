#include "engine/base/text.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/base/secret.hpp"

using namespace holdfast;

TEST_CASE("sizes are short and decimal", "[base][text]") {
    CHECK(format_bytes(0) == "0 B");
    CHECK(format_bytes(4'096) == "4.10 kB");
    CHECK(format_bytes(1'073'741'824) == "1.07 GB");
    CHECK(format_bytes(999'999) == "1.00 MB");
    CHECK(format_count(1234567) == "1,234,567");
    CHECK(counted(1, "row") == "1 row");
    CHECK(counted(1200, "row") == "1,200 rows");
}

TEST_CASE("a slip of the finger is recognised, another word is not", "[base][text]") {
    const std::vector<std::string> words{"retention", "backups", "verify", "extends"};
    CHECK(closest_match("retnetion", words) == "retention");
    CHECK(closest_match("backup", words) == "backups");
    CHECK_FALSE(closest_match("zone", words));
}

TEST_CASE("bytes from outside cannot drive a terminal", "[base][text]") {
    CHECK(printable("a\x1b[2Jb") == "a\\x1b[2Jb");
}

TEST_CASE("every error code has a name, and shares its exit status with no result", "[base][error]") {
    CHECK(name_of(ErrorCode::DiskFull) == "disk-full");
    CHECK(exit_status_of(ErrorCode::BadPolicy) == 65);
    CHECK(exit_status_of(ErrorCode::CannotRecover) == 4);
    CHECK(exit_status_of(ErrorCode::Busy) == 75);
}

TEST_CASE("an error grows outward", "[base][error]") {
    CHECK_THROWS_WITH(within("read pack 3f9c", [] { throw Error(ErrorCode::Io, "short read"); }), "read pack 3f9c: short read");
    CHECK(within("x", [] { return 3; }) == 3);
}

TEST_CASE("a secret that was moved away is empty", "[base][secret]") {
    Secret a(std::string_view("hunter2"));
    const Secret b = std::move(a);
    CHECK(a.empty());
    CHECK(as_text(b.reveal()) == "hunter2");
}
