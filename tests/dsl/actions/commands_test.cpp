#include "dsl/actions/commands.hpp"

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/dsl/actions/action_fixture.hpp"
#include "tests/support/other_process.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

TEST_CASE("a command gets the database in its environment", "[dsl][actions]") {
    ActionFixture fixture;
    const Place place{DatabaseName("orders"), EngineKind::Sqlite, "/srv/orders.db", false};
    CHECK_NOTHROW(run_command_for(fixture.context(1), place, {"sh", "-c", "test \"$HOLDFAST_DATABASE $HOLDFAST_LOCATION\" = 'orders /srv/orders.db'"}));
}

TEST_CASE("what the policy does not say is an error, and left to the person where there is no policy", "[dsl][actions]") {
    ActionFixture fixture;
    const Place place{DatabaseName("orders"), EngineKind::Sqlite, "/srv/orders.db", false};
    CHECK(code_thrown_by([&] { run_application_command(fixture.context(1), place, "repoint", "point it"); }) == ErrorCode::Usage);
    fixture.place.from_store_alone = true;
    CHECK_THAT(run_application_command(fixture.context(1), place, "repoint", "point it at /srv/orders.db").sentence, Contains("left to you"));
    fixture.spec().application.repoint = {"true"};
    CHECK_THAT(run_application_command(fixture.context(1), place, "repoint", "").audit, Contains("ran true"));
}

TEST_CASE("an application that has the files open is stopped first", "[dsl][actions]") {
    ActionFixture fixture;
    const fs::path stopped = fixture.folder / "stopped";
    std::optional<Connection> connection;
    OtherProcess application([&](unsigned) {
        if (!connection && !fs::exists(stopped)) connection.emplace(Connection::open(fixture.live(), OpenMode::ReadWrite));
        if (fs::exists(stopped)) connection.reset();
    });
    application.wait_for_rounds(2);
    CHECK(code_thrown_by([&] { make_unused(fixture.context(1), fixture.spec()); }) == ErrorCode::Busy);
    fixture.spec().application.stop = {"touch", stopped.string()};
    CHECK_NOTHROW(make_unused(fixture.context(1), fixture.spec()));
    fs::remove(stopped);
    application.stop();
    CHECK_NOTHROW(make_unused(fixture.context(1), fixture.spec()));
    CHECK_FALSE(fs::exists(stopped));   // Nobody used it: nobody was stopped.
}
