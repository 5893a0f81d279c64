#include "engine/base/file.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "engine/base/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

TEST_CASE("a durable write replaces the whole file and leaves nothing beside it", "[base][file]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "a", as_bytes("one"));
    write_file_durably(folder / "a", as_bytes("two"));
    CHECK(read_text_file(folder / "a", 100) == "two");
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
    struct stat status {};
    REQUIRE(::stat((folder / "a").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("write if absent leaves an existing file alone", "[base][file]") {
    const TemporaryFolder folder;
    CHECK(write_file_if_absent(folder / "a", as_bytes("one")));
    CHECK_FALSE(write_file_if_absent(folder / "a", as_bytes("two")));
    CHECK(read_text_file(folder / "a", 100) == "one");
}

TEST_CASE("a file over the limit is refused before it is read", "[base][file]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "a", as_bytes("0123456789"));
    CHECK_THROWS_AS(read_file(folder / "a", 9), Error);
    CHECK(read_file(folder / "a", 10).size() == 10);
}

TEST_CASE("a name from a backup cannot leave its folder", "[base][file]") {
    CHECK(path_inside("/r", "base/1/2") == "/r/base/1/2");
    for (const char* bad : {"", "/etc/passwd", "../x", "a/../../x", "a/./b", "a//b/.."}) {
        INFO(bad);
        CHECK_THROWS_AS(path_inside("/r", bad), Error);
    }
}

TEST_CASE("new folders are private", "[base][file]") {
    const TemporaryFolder folder;
    make_private_folders(folder / "x/y");
    struct stat status {};
    REQUIRE(::stat((folder / "x/y").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("a missing file says its path", "[base][file]") {
    try {
        File::open("/nonexistent/x", File::Mode::Read);
        FAIL("opened");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Missing);
        CHECK(error.message.find("/nonexistent/x") != std::string::npos);
    }
}
