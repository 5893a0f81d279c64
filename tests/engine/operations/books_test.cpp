#include "engine/operations/books.hpp"

#include <catch2/catch.hpp>

#include <fstream>

#include "engine/base/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

const std::vector<fs::path>& shipped() {
    static const std::vector<fs::path> folders{fs::path(HOLDFAST_SOURCE_DIR) / "runbooks"};
    return folders;
}

}  // namespace

TEST_CASE("shipped runbooks are listed and can be loaded", "[operations]") {
    const auto books = list_books(shipped());
    REQUIRE_FALSE(books.empty());
    for (const BookEntry& book : books) {
        INFO(book.name);
        CHECK(book.problem.empty());
        CHECK(load_book(book.name, shipped()).name == book.name);
        CHECK_FALSE(parameters_text(load_book(book.name, shipped())).empty());
    }
}

TEST_CASE("a new runbook passes lint and an older one hides none of its name elsewhere", "[operations]") {
    TemporaryFolder folder;
    const fs::path file = new_book("accidental-deletion", folder / "runbooks");
    const std::vector<fs::path> folders{folder / "runbooks", shipped().front()};
    CHECK(lint_books({}, folder.path(), folders).exit_status() == 0);
    CHECK(load_book("accidental-deletion", folders).file == file);
    CHECK_THROWS_AS(new_book("accidental-deletion", folder / "runbooks"), Error);
}

TEST_CASE("a file can be linted by its path", "[operations]") {
    TemporaryFolder folder;
    std::ofstream(folder / "odd.lua") << "return 1\n";
    const BookLint lint = lint_books({"odd.lua"}, folder.path(), shipped());
    CHECK(lint.exit_status() == 65);
    CHECK(lint.checked == std::vector<fs::path>{folder / "odd.lua"});
}
