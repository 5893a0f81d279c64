#include "engine/recovery/lock_file.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

// Returns why the lock is refused; empty where it is given.
std::string refusal(const fs::path& file, const Clock& clock) {
    try {
        LockFile::take(file, "orders", "a copy", clock);
        return {};
    } catch (const Error& error) {
        return error.code == ErrorCode::Busy ? error.message : "another error";
    }
}

}  // namespace

TEST_CASE("a lock is held once and says by whom", "[recovery][lock]") {
    const TemporaryFolder folder;
    const ManualClock clock("2026-11-20T12:00:00Z");
    const fs::path file = folder / "locks" / "orders.lock";
    {
        const LockFile held = LockFile::take(file, "orders", "a backup", clock);
        const std::string why = refusal(file, clock);
        CHECK_THAT(why, Catch::Contains("orders is locked: a backup by ") && Catch::Contains(std::to_string(::getpid())) &&
                            Catch::Contains("2026-11-20T12:00:00Z"));
    }
    CHECK(refusal(file, clock).empty());
}

TEST_CASE("a lock ends with the process that was killed", "[recovery][lock]") {
    const TemporaryFolder folder;
    const ManualClock clock("2026-11-20T12:00:00Z");
    const fs::path file = folder / "orders.lock";
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const LockFile held = LockFile::take(file, "orders", "a backup", clock);
        [[maybe_unused]] const auto written = ::write(ready[1], "x", 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    CHECK_FALSE(refusal(file, clock).empty());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(refusal(file, clock).empty());
    ::close(ready[0]);
    ::close(ready[1]);
}
