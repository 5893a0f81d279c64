#include "providers/databases/sqlite/swap.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.hpp"
#include "providers/databases/sqlite/swap_record.hpp"
#include "tests/support/other_process.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// A live database that is not what it should be, with a log that must never meet the new file; and a sound copy elsewhere.
struct Shop {
    TemporaryFolder folder;
    fs::path live = folder / "live/shop.db";
    fs::path copy = folder / "copies/1-shop.db";
    FileSwap swap{.copy = copy, .live = live, .record = folder / "swap-1", .tag = "01run-1"};
    std::string copy_content;

    Shop() {
        fs::create_directories(live.parent_path());
        fs::create_directories(copy.parent_path());
        make_sample_database(copy);
        copy_content = sample_content(copy);
        write_file_durably(live, as_bytes("damaged"), 0640);
        write_file_durably(live.string() + "-wal", as_bytes("old log"));
        write_file_durably(live.string() + "-shm", as_bytes("old memory"));
    }
    std::string text(const fs::path& path) const { return read_text_file(path, 1 << 20); }
    fs::path old() const { return folder / "live/shop.db.before-01run-1"; }
    bool is_as_before() const {
        return text(live) == "damaged" && text(live.string() + "-wal") == "old log" && text(live.string() + "-shm") == "old memory" && !fs::exists(old());
    }
};

}  // namespace

TEST_CASE("a swap puts the copy in place and keeps the old files with their log", "[sqlite][swap]") {
    Shop shop;
    CHECK(swap_files_in(shop.swap) == shop.old().string());
    CHECK((sample_content(shop.live) == shop.copy_content));
    CHECK(shop.text(shop.old()) == "damaged");
    CHECK(shop.text(shop.old().string() + "-wal") == "old log");
    CHECK_FALSE(fs::exists(shop.copy));
    CHECK(fs::status(shop.live).permissions() == static_cast<fs::perms>(0640));
    CHECK(settle_swapped_files(shop.swap.record) == true);
    CHECK(swap_files_in(shop.swap) == shop.old().string());   // Asked for again: it is done.
}

TEST_CASE("swapping back gives the old files their names and keeps the new ones", "[sqlite][swap]") {
    Shop shop;
    swap_files_in(shop.swap);
    Connection::open(shop.live, OpenMode::ReadWrite).execute("INSERT INTO customers(id, name) VALUES (9999, 'after the swap')");
    const std::string kept = swap_files_back(shop.swap.record);
    CHECK(shop.is_as_before());
    CHECK(Connection::open(kept, OpenMode::ReadOnly).integer("SELECT count(*) FROM customers WHERE id = 9999") == 1);
    CHECK(swap_files_back(shop.swap.record) == kept);   // Once more, as after a crash.
    CHECK(shop.is_as_before());
    CHECK(settle_swapped_files(shop.swap.record) == false);
}

TEST_CASE("nothing moves while a program has the database open", "[sqlite][swap]") {
    Shop shop;
    fs::remove(shop.live.string() + "-wal");
    fs::remove(shop.live.string() + "-shm");
    fs::remove(shop.live);
    make_sample_database(shop.live, {.wal = GENERATE(true, false)});
    const std::string content = sample_content(shop.live);
    std::optional<Connection> connection;
    OtherProcess program([&](unsigned) {
        if (connection) return;
        connection.emplace(Connection::open(shop.live, OpenMode::ReadWrite));
        connection->integer("SELECT count(*) FROM customers");
    });
    program.wait_for_rounds(1);
    CHECK(code_thrown_by([&] { swap_files_in(shop.swap); }) == ErrorCode::Busy);
    CHECK((sample_content(shop.live) == content));
    CHECK(fs::exists(shop.copy));
    CHECK_FALSE(fs::exists(shop.swap.record));
}

TEST_CASE("a link to the database stays a link", "[sqlite][swap]") {
    Shop shop;
    const fs::path link = shop.folder / "link.db";
    fs::create_symlink(shop.live, link);
    shop.swap.live = link;
    swap_files_in(shop.swap);
    CHECK(fs::is_symlink(link));
    CHECK((sample_content(link) == shop.copy_content));
    CHECK(shop.text(shop.old().string() + "-wal") == "old log");
}

TEST_CASE("a database that is gone as a whole is replaced too, and taken out again", "[sqlite][swap]") {
    Shop shop;
    fs::remove(shop.live);
    CHECK(swap_files_in(shop.swap).empty());
    CHECK((sample_content(shop.live) == shop.copy_content));
    CHECK(settle_swapped_files(shop.swap.record) == true);
    swap_files_back(shop.swap.record);
    CHECK_FALSE(fs::exists(shop.live));
    CHECK(shop.text(shop.live.string() + "-wal") == "old log");
}

TEST_CASE("a swap that was interrupted half way is taken back, from every state it can be in", "[sqlite][swap]") {
    Shop shop;
    const SwapRecord record{.copy = shop.copy, .live = shop.live, .staged = shop.folder / "live/.shop.db.holdfast-01run-1", .old = shop.old(),
                            .taken_out = shop.folder / "live/shop.db.undone-01run-1"};
    CHECK(settle_swapped_files(shop.swap.record) == false);   // Not even begun.
    write_swap_record(shop.swap.record, record);
    const int reached = GENERATE(0, 1, 2, 3, 4);
    if (reached >= 1) fs::rename(record.copy, record.staged);
    if (reached >= 2) fs::rename(shop.live.string() + "-wal", shop.old().string() + "-wal");
    if (reached == 3) fs::create_hard_link(shop.live, shop.old());
    if (reached == 4) fs::rename(shop.live, shop.old());   // A file system without links.
    CHECK(settle_swapped_files(shop.swap.record) == false);
    CHECK(shop.is_as_before());
    CHECK((sample_content(shop.copy) == shop.copy_content));
    swap_files_in(shop.swap);
    CHECK((sample_content(shop.live) == shop.copy_content));
}

TEST_CASE("where somebody has made a new log in the middle nobody guesses", "[sqlite][swap]") {
    Shop shop;
    write_swap_record(shop.swap.record, {.copy = shop.copy, .live = shop.live, .staged = shop.folder / "live/.staged", .old = shop.old(),
                                         .taken_out = shop.folder / "live/out"});
    fs::rename(shop.copy, shop.folder / "live/.staged");
    fs::rename(shop.live.string() + "-wal", shop.old().string() + "-wal");
    write_file_durably(shop.live.string() + "-wal", as_bytes("somebody's"));
    CHECK_FALSE(settle_swapped_files(shop.swap.record).has_value());
    CHECK(shop.text(shop.old().string() + "-wal") == "old log");
}
