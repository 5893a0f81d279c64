#include "providers/databases/sqlite/database_file.hpp"

#include <catch2/catch.hpp>

#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("two users of one file share its descriptor, by whatever name", "[sqlite]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "a.db", as_bytes("x"));
    fs::create_hard_link(folder / "a.db", folder / "b.db");
    const DatabaseFile first(folder / "a.db");
    const DatabaseFile second(folder / "b.db");
    CHECK(first.file().descriptor() == second.file().descriptor());
    CHECK(first.is_at(folder / "b.db"));
}

TEST_CASE("the descriptor is closed with its last user", "[sqlite]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "a.db", as_bytes("x"));
    int descriptor = -1;
    {
        std::optional<DatabaseFile> first(folder / "a.db");
        const DatabaseFile second(folder / "a.db");
        descriptor = second.file().descriptor();
        first.reset();
        CHECK(fs::exists("/proc/self/fd/" + std::to_string(descriptor)));
    }
    CHECK_FALSE(fs::exists("/proc/self/fd/" + std::to_string(descriptor)));
}

TEST_CASE("a file that took the place of an open database is noticed", "[sqlite]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "a.db");
    OpenDatabase database = OpenDatabase::for_reading(folder / "a.db");
    database.require_unmoved();
    make_sample_database(folder / "b.db");
    fs::rename(folder / "b.db", folder / "a.db");
    CHECK(code_thrown_by([&] { database.require_unmoved(); }) == ErrorCode::Changed);
}

TEST_CASE("the real path of a database behind a link is that of its file", "[sqlite]") {
    const TemporaryFolder folder;
    make_private_folders(folder / "data");
    make_sample_database(folder / "data/a.db");
    fs::create_symlink(folder / "data/a.db", folder / "link.db");
    CHECK(OpenDatabase::for_reading(folder / "link.db").real_path() == fs::canonical(folder / "data/a.db"));
}
