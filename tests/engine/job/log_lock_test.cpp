#include "engine/job/log_lock.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/job/database_lock.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("a log has one writer at a time", "[job][log]") {
    InstallationFixture f;
    const Installation installation = f.installation();
    const DatabaseName name = f.spec().name;
    CHECK_FALSE(is_followed(installation, name));
    const LockFile lock = take_log_lock(installation, name, "a follower");
    CHECK(is_followed(installation, name));
    const auto error = error_thrown_by([&] { take_log_lock(installation, name, "a log backup"); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Busy);
    CHECK(error->message.find("a follower by") != std::string::npos);
}

TEST_CASE("backups go on while a database is followed", "[job][log]") {
    InstallationFixture f;
    const LockFile lock = take_log_lock(f.installation(), f.spec().name, "a follower");
    CHECK_NOTHROW(DatabaseLock::take(f.installation(), f.spec().name, "a backup"));
}
