#include "engine/sqlite/image_vfs.hpp"

#include <catch2/catch.hpp>

#include <cstring>

#include "engine/base/file.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

struct Shown final : ImageBytes {
    Bytes bytes;
    std::optional<std::uint64_t> lost_from;
    std::uint64_t size() const override { return bytes.size(); }
    void read_at(std::uint64_t offset, std::span<std::byte> out) override {
        if (lost_from && offset >= *lost_from) throw Error(ErrorCode::Corrupt, "chunk 7 is damaged", "Look elsewhere.");
        std::memcpy(out.data(), bytes.data() + offset, out.size());
    }
};

// The file of a database in WAL mode whose log is empty.
Shown shown_sample(const SampleOptions& options = {}) {
    const TemporaryFolder folder;
    make_sample_database(folder / "shop.db", options);
    Connection::open(folder / "shop.db", OpenMode::ReadWrite).execute("PRAGMA wal_checkpoint(TRUNCATE)");
    Shown shown;
    shown.bytes = read_file(folder / "shop.db", 1U << 28);
    return shown;
}

}  // namespace

TEST_CASE("SQLite reads bytes of ours, in WAL mode too, and makes no file beside them", "[sqlite]") {
    Shown shown = shown_sample();
    REQUIRE(shown.bytes[18] == std::byte{2});
    ImageVfs vfs(shown);
    Connection connection = Connection::open_image(vfs, "orders");
    CHECK(connection.integer("SELECT count(*) FROM orders") == 200);
    CHECK(connection.text("PRAGMA integrity_check") == "ok");
    CHECK(connection.text("SELECT name FROM customers ORDER BY random() LIMIT 1").has_value());
    CHECK_FALSE(fs::exists(ImageVfs::kFile));
    CHECK(shown.bytes[18] == std::byte{2});
}

TEST_CASE("an image cannot be written", "[sqlite]") {
    Shown shown = shown_sample();
    const Bytes before = shown.bytes;
    ImageVfs vfs(shown);
    Connection connection = Connection::open_image(vfs, "orders");
    CHECK(code_thrown_by([&] { connection.execute("DELETE FROM orders"); }) == ErrorCode::NotPermitted);
    CHECK(shown.bytes == before);
}

TEST_CASE("what a read throws is kept word for word", "[sqlite]") {
    Shown shown = shown_sample();
    ImageVfs vfs(shown);
    Connection connection = Connection::open_image(vfs, "orders");
    CHECK(connection.integer("SELECT count(*) FROM sqlite_schema").has_value());
    shown.lost_from = 8192;
    CHECK(code_thrown_by([&] { connection.integer("SELECT count(*) FROM items"); }) == ErrorCode::Io);
    const auto error = error_thrown_by([&] { vfs.throw_failure(); });
    REQUIRE(error);
    CHECK(error->message == "chunk 7 is damaged");
    CHECK(error->hint == "Look elsewhere.");
    CHECK_FALSE(error_thrown_by([&] { vfs.throw_failure(); }));
}

TEST_CASE("two images are open at a time", "[sqlite]") {
    Shown first = shown_sample({.orders = 10});
    Shown second = shown_sample({.orders = 20});
    ImageVfs one(first), other(second);
    Connection a = Connection::open_image(one, "a"), b = Connection::open_image(other, "b");
    CHECK(a.integer("SELECT count(*) FROM orders") == 10);
    CHECK(b.integer("SELECT count(*) FROM orders") == 20);
}

TEST_CASE("an image without bytes is an empty database", "[sqlite]") {
    Shown nothing;
    ImageVfs vfs(nothing);
    CHECK(Connection::open_image(vfs, "empty").integer("SELECT count(*) FROM sqlite_schema") == 0);
}
