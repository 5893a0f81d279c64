#include "engine/sqlite/connection.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

unsigned mode_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("a database of our own is private and keeps what is put in", "[sqlite]") {
    const TemporaryFolder folder;
    {
        Connection own = Connection::open_own(folder / "own.db");
        own.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)");
        own.run("INSERT INTO t(b) VALUES (?)", "x");
        CHECK(own.last_insert_rowid() == 1);
        CHECK(own.changes() == 1);
        CHECK(own.text("PRAGMA journal_mode") == "wal");
        CHECK(mode_of(folder / "own.db-wal") == 0600);
    }
    CHECK(mode_of(folder / "own.db") == 0600);
    CHECK(Connection::open(folder / "own.db", OpenMode::ReadOnly).text("SELECT b FROM t WHERE a = ?", 1) == "x");
}

TEST_CASE("what goes wrong with a file has the code that says so", "[sqlite]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "noise.db", as_bytes(std::string(8192, 'x')));
    CHECK(code_thrown_by([&] { Connection::open(folder / "none.db", OpenMode::ReadOnly); }) == ErrorCode::Missing);
    CHECK(code_thrown_by([&] {
              Connection::open(folder / "noise.db", OpenMode::ReadOnly).integer("SELECT count(*) FROM sqlite_schema");
          }) == ErrorCode::NotADatabase);
    Connection::open(folder / "a.db", OpenMode::Create).execute("CREATE TABLE t(a UNIQUE NOT NULL)");
    CHECK(code_thrown_by([&] { Connection::open(folder / "a.db", OpenMode::ReadOnly).run("INSERT INTO t VALUES (1)"); }) ==
          ErrorCode::NotPermitted);
    Connection writer = Connection::open(folder / "a.db", OpenMode::ReadWrite);
    writer.run("INSERT INTO t VALUES (1)");
    CHECK(code_thrown_by([&] { writer.run("INSERT INTO t VALUES (1)"); }) == ErrorCode::AlreadyExists);
    CHECK(code_thrown_by([&] { writer.run("INSERT INTO t VALUES (NULL)"); }) == ErrorCode::Changed);
}

TEST_CASE("a database that another connection writes is busy after the time limit", "[sqlite]") {
    const TemporaryFolder folder;
    Connection first = Connection::open(folder / "a.db", OpenMode::Create);
    first.execute("CREATE TABLE t(a); BEGIN IMMEDIATE");
    Connection second = Connection::open(folder / "a.db", OpenMode::ReadWrite, Duration(1));
    CHECK(code_thrown_by([&] { second.execute("BEGIN IMMEDIATE"); }) == ErrorCode::Busy);
}

TEST_CASE("triggers can be switched off for one connection", "[sqlite]") {
    Connection memory = Connection::in_memory();
    memory.execute("CREATE TABLE t(a); CREATE TABLE log(a); CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END");
    memory.set_triggers(false);
    memory.run("INSERT INTO t VALUES (1)");
    CHECK(memory.integer("SELECT count(*) FROM log") == 0);
    memory.set_triggers(true);
    memory.run("INSERT INTO t VALUES (2)");
    CHECK(memory.integer("SELECT count(*) FROM log") == 1);
}
