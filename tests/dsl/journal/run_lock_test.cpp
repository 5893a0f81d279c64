#include "dsl/journal/run_lock.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

TEST_CASE("one at a time holds the lock of a run", "[dsl][journal]") {
    const TemporaryFolder folder;
    CHECK_FALSE(RunLock::is_held(folder.path()));
    {
        const RunLock held = RunLock::take(folder.path());
        CHECK(RunLock::is_held(folder.path()));
        CHECK_THROWS_AS(RunLock::take(folder.path()), Error);
    }
    CHECK_FALSE(RunLock::is_held(folder.path()));
    CHECK_NOTHROW(RunLock::take(folder.path()));
}
