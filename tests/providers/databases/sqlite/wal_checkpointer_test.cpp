#include "providers/databases/sqlite/wal_checkpointer.hpp"

#include <catch2/catch.hpp>

#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/wal_pin.hpp"
#include "tests/support/counting_writer.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

struct LoggedDatabase {
    TemporaryFolder folder;
    fs::path path = folder / "money.db";
    std::optional<CountingWriter> writer;

    LoggedDatabase() {
        CountingWriter::make(path, 4096);
        writer.emplace(path);
        writer->connection().execute("PRAGMA wal_autocheckpoint=0");
        for (int i = 0; i < 5; ++i) writer->count_one();
    }
    Connection connection() const {
        Connection made = open_beside(path, Duration(0));
        touch_schema(made);
        return made;
    }
    std::uint64_t log_bytes() const { return fs::file_size(path.string() + "-wal"); }
};

}  // namespace

TEST_CASE("while the hold is moved no other program's checkpoint runs", "[sqlite][log]") {
    LoggedDatabase database;
    WalCheckpointer ours(database.connection());
    WalCheckpointer others(database.connection());
    int called = 0;
    const auto look = [&] {
        ++called;
        CHECK_FALSE(others.run([&] { FAIL("two at once"); }).ran);
        CHECK_FALSE(others.begin([] {}));
    };
    SECTION("here") { CHECK(ours.run(look).copied > 0); }
    SECTION("in its own thread") {
        CHECK(ours.begin(look));
        ours.wait();
        const auto result = ours.take_result();
        REQUIRE(result);
        CHECK(result->copied == result->frames);
        CHECK_FALSE(ours.take_result());
    }
    CHECK(called == 1);
    CHECK(others.run().ran);
}

TEST_CASE("what the moving of a hold throws comes back to who asked", "[sqlite][log]") {
    LoggedDatabase database;
    WalCheckpointer checkpointer(database.connection());
    const auto fail = [] { throw Error(ErrorCode::Io, "no"); };
    CHECK(code_thrown_by([&] { checkpointer.run(fail); }) == ErrorCode::Io);
    CHECK_FALSE(checkpointer.begin(fail));
    checkpointer.wait();
    CHECK(code_thrown_by([&] { checkpointer.take_result(); }) == ErrorCode::Io);
    CHECK(checkpointer.run().ran);
}

TEST_CASE("a log that is in the file as a whole is cut off, unless somebody reads from it", "[sqlite][log]") {
    LoggedDatabase database;
    WalCheckpointer checkpointer(database.connection());
    {
        Connection reader = database.connection();
        reader.execute("BEGIN");
        touch_schema(reader);
        CHECK_FALSE(checkpointer.truncate());
        CHECK(database.log_bytes() > 0);
    }
    CHECK(checkpointer.truncate());
    CHECK(database.log_bytes() == 0);
    database.writer->count_one();
    CHECK(CountingWriter::count_in(database.path) == 6);
}
