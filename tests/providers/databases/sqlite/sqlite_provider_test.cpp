#include "providers/databases/sqlite/sqlite_provider.hpp"

#include <catch2/catch.hpp>

#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

Place live_shop(const fs::path& path) { return {DatabaseName("shop"), EngineKind::Sqlite, path.string(), false}; }

}  // namespace

TEST_CASE("a probe tells size, version and layout", "[sqlite][provider]") {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db", {.page_bytes = 8192});
    ProbeResult probe = SqliteProvider().probe(live_shop(folder / "shop.db"));
    CHECK(probe.bytes == fs::file_size(folder / "shop.db"));
    CHECK_THAT(probe.version, Catch::StartsWith("SQLite 3."));
    CHECK(probe.facts["journal mode"] == "wal");
    CHECK(probe.facts["page size"] == "8192");
    CHECK(probe.facts["encoding"] == "UTF-8");
}

TEST_CASE("the identity stays while the file does and changes with another one", "[sqlite][provider]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "shop.db";
    make_sample_database(path);
    SqliteProvider provider;
    const std::string identity = provider.probe(live_shop(path)).identity;
    add_sample_orders(path, 5);
    CHECK(provider.probe(live_shop(path)).identity == identity);
    fs::create_symlink(path, folder / "link.db");
    CHECK(provider.probe(live_shop(folder / "link.db")).identity == identity);
    make_sample_database(folder / "other.db");
    fs::rename(folder / "other.db", path);
    CHECK(provider.probe(live_shop(path)).identity != identity);
}

TEST_CASE("a probe does not change the database", "[sqlite][provider]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "shop.db";
    make_sample_database(path);
    const Bytes before = read_file(path, 1 << 24);
    SqliteProvider().probe(live_shop(path));
    CHECK(read_file(path, 1 << 24) == before);
}

TEST_CASE("an image has one file and no other name leaves its place", "[sqlite][provider]") {
    SqliteProvider provider;
    CHECK(provider.target_of("/srv/orders.db", "main") == "/srv/orders.db");
    CHECK(code_thrown_by([&] { provider.target_of("/srv/orders.db", "../passwd"); }) == ErrorCode::Corrupt);
}
