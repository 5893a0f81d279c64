#include "providers/databases/sqlite/wal_frames.hpp"

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// A database with a log, kept open.
struct LoggedShop {
    explicit LoggedShop(const TemporaryFolder& folder) : path(folder / "shop.db"), connection(make(path)) {
        connection.integer("SELECT count(*) FROM orders");
        add_sample_orders(path, 10);
        connection.integer("SELECT count(*) FROM orders");   // Its next look maps the index as it is now.
        header = read_wal_index(connection.handle()).value().header;
    }
    static Connection make(const fs::path& path) {
        make_sample_database(path);
        return Connection::open(path, OpenMode::ReadWrite);
    }
    fs::path wal() const { return path.string() + "-wal"; }

    fs::path path;
    Connection connection;
    WalIndexHeader header;
};

}  // namespace

TEST_CASE("the index says what the log holds", "[sqlite][wal]") {
    const TemporaryFolder folder;
    const LoggedShop shop(folder);
    CHECK(shop.header.page_bytes() == 4096);
    CHECK(shop.header.last_frame() > 10);
    CHECK(fs::file_size(shop.wal()) >= 32 + shop.header.last_frame() * (24 + 4096ULL));
    const WalFrames frames(shop.wal(), shop.header);
    CHECK(frames.pages() > 0);
    CHECK(frames.pages() < shop.header.last_frame());
    CHECK(frames.frame_of(1).value_or(0) <= shop.header.last_frame());
    CHECK_FALSE(frames.frame_of(4'000'000).has_value());
}

TEST_CASE("a log with a wrong byte in it is refused", "[sqlite][wal]") {
    const TemporaryFolder folder;
    const LoggedShop shop(folder);
    const Bytes whole = read_file(shop.wal(), 1 << 26);
    const auto refused = [&](const Bytes& bytes) {
        write_file_durably(folder / "copy-wal", bytes);
        return code_thrown_by([&] { WalFrames(folder / "copy-wal", shop.header); }) == ErrorCode::Corrupt;
    };
    CHECK_FALSE(refused(whole));
    // In the header, in a frame's header, in a page, and in the last frame.
    const std::size_t last = 32 + (shop.header.last_frame() - 1) * (24 + 4096ULL);
    for (const std::size_t at : {std::size_t{1}, std::size_t{9}, std::size_t{17}, std::size_t{26}, std::size_t{33}, std::size_t{42}, std::size_t{3000}, last + 5, last + 4000}) {
        Bytes damaged = whole;
        damaged[at] ^= std::byte{1};
        CAPTURE(at);
        CHECK(refused(damaged));
    }
    Bytes cut = whole;
    cut.resize(last + 100);
    CHECK(refused(cut));
}
