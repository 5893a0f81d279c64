#include "engine/base/detached.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("a detached program goes on by itself, with a log and none of our environment", "[base][process]") {
    const TemporaryFolder folder;
    ::setenv("HOLDFAST_TEST_SECRET", "to nobody", 1);
    const pid_t process = start_detached({.argv = {"/bin/sh", "-c", "echo \"[$HOLDFAST_TEST_SECRET][$PWD]\"; exec sleep 600"}, .log = folder / "log"});
    CHECK(is_running(process));
    const auto said = [&] { return read_text_file(folder / "log", 1000); };
    while (!said().ends_with('\n')) ::usleep(1000);
    CHECK(said() == "[][/]\n");
    CHECK_FALSE(wait_until_ended(process, 1));
    ::kill(process, SIGKILL);
    CHECK(wait_until_ended(process, 10'000));
    CHECK_FALSE(is_running(process));
}

TEST_CASE("a detached program that is not there is an error that names it", "[base][process]") {
    const TemporaryFolder folder;
    const Error error = thrown_by([&] { start_detached({.argv = {"/nonexistent/server"}, .log = folder / "log"}); });
    CHECK(error.code == ErrorCode::Missing);
    CHECK(error.message == "start /nonexistent/server: No such file or directory");
}

TEST_CASE("run by root a detached program can be another user's", "[base][process]") {
    if (::geteuid() != 0) return;
    const TemporaryFolder folder;
    const auto nobody = find_system_user("nobody");
    REQUIRE(nobody);
    const pid_t process = start_detached({.argv = {"/bin/sh", "-c", "id -un; id -Gn"}, .as = nobody, .log = folder / "log"});
    REQUIRE(wait_until_ended(process, 10'000));
    CHECK(read_text_file(folder / "log", 1000) == "nobody\nnogroup\n");
    CHECK_FALSE(find_system_user("no such user"));
}
