#include "providers/databases/sqlite/snapshot.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <random>

#include "engine/sqlite/transaction.hpp"
#include "providers/databases/sqlite/sqlite_provider.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/support/other_process.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/sqlite_reference.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

Place live(const fs::path& path) { return {.database = DatabaseName("shop"), .engine = EngineKind::Sqlite, .location = path.string(), .is_copy = false}; }

struct Backup {
    ManualClock clock{"2026-11-20T14:00:00Z"};
    NoProgress progress;

    BackupFacts into(ImageSink& sink, const fs::path& path) {
        return SqliteProvider().back_up(live(path), sink, {.clock = clock, .progress = progress, .cancel = {}});
    }
    MemoryImage of(const fs::path& path) {
        MemoryImage image;
        into(image, path);
        return image;
    }
};

// Money moves between two tables and is never made; blobs come and go, so that pages are freed and used again.
class MoneyWriter {
public:
    static void make(const fs::path& path, const std::string& mode, std::uint32_t page_bytes, bool auto_vacuum = false) {
        Connection connection = Connection::open(path, OpenMode::Create);
        connection.execute("PRAGMA page_size=" + std::to_string(page_bytes) + "; PRAGMA auto_vacuum=" + (auto_vacuum ? "1" : "0") +
                           "; PRAGMA journal_mode=" + mode);
        connection.execute(R"(BEGIN; CREATE TABLE one(id INTEGER PRIMARY KEY, money); CREATE TABLE two(id INTEGER PRIMARY KEY, money, filling);
            CREATE TABLE blobs(id INTEGER PRIMARY KEY, body BLOB);
            WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300)
            INSERT INTO one SELECT i, 1000 FROM n;
            INSERT INTO two SELECT id, 1000, randomblob(200) FROM one; COMMIT)");
    }

    explicit MoneyWriter(fs::path path) : path_(std::move(path)) {}

    void work(unsigned round) {
        if (!connection_) {
            connection_.emplace(Connection::open(path_, OpenMode::ReadWrite, Duration(60'000)));
            connection_->execute("PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=50; PRAGMA cache_size=20");
        }
        Transaction transaction(*connection_);
        for (int i = 0; i < 5; ++i) {
            const std::int64_t amount = pick(50);
            connection_->run("UPDATE one SET money = money - ? WHERE id = ?", amount, 1 + pick(300));
            connection_->run("UPDATE two SET money = money + ?, filling = randomblob(200) WHERE id = ?", amount, 1 + pick(300));
        }
        connection_->run("INSERT INTO blobs(body) VALUES (randomblob(?))", pick(30'000));
        if (round % 4 == 3) connection_->run("DELETE FROM blobs WHERE id % 3 <> 0 OR id < ?", round - 20);
        transaction.commit();
        // A reader may be in the way of a checkpoint; then it is simply not done.
        connection_->set_busy_timeout(Duration(0));
        constexpr const char* kCheckpoints[] = {"PASSIVE", "PASSIVE", "FULL", "RESTART", "TRUNCATE"};
        if (round % 3 == 0) connection_->prepare(std::string("PRAGMA wal_checkpoint(") + kCheckpoints[pick(5)] + ")").run();
        connection_->set_busy_timeout(Duration(60'000));
    }

    static bool is_right(const fs::path& path) {
        Connection connection = Connection::open(path, OpenMode::ReadWrite);
        return connection.integer("SELECT (SELECT sum(money) FROM one) + (SELECT sum(money) FROM two)") == 600'000;
    }

private:
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

    fs::path path_;
    std::optional<Connection> connection_;
    std::mt19937_64 random_{7};
};

// Lets the other process commit a few times in the middle of the reading.
class InterruptedImage final : public ImageSink {
public:
    InterruptedImage(MemoryImage& image, OtherProcess& writer, unsigned rounds) : image_(image), writer_(writer), rounds_(rounds) {}
    void add_pages(const ImageFile& file, PageSource& source) override {
        Interrupted interrupted(source, writer_, rounds_);
        image_.add_pages(file, interrupted);
    }
    void add_changed_pages(const ImageFile&, PageSource&, const std::vector<PageRange>&) override {}
    void refresh_pages(const ImageFile& file, PageSource& source) override { image_.refresh_pages(file, source); }
    void add_bytes(const ImageFile&, ByteSource&) override {}
    bool has_base() const override { return false; }

private:
    struct Interrupted final : PageSource {
        Interrupted(PageSource& inner_, OtherProcess& writer_, unsigned rounds_) : inner(inner_), writer(writer_), rounds(rounds_) {}
        void read(std::uint64_t first_page, std::span<std::byte> out) override {
            if (reads++ % 16 == 5) writer.wait_for_rounds(rounds);
            inner.read(first_page, out);
        }
        PageSource& inner;
        OtherProcess& writer;
        unsigned rounds;
        std::atomic<unsigned> reads{0};
    };
    MemoryImage& image_;
    OtherProcess& writer_;
    unsigned rounds_;
};

}  // namespace

TEST_CASE("a backup of a WAL database is the file with its log applied", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "shop.db";
    make_sample_database(path);
    Connection reader = Connection::open(path, OpenMode::ReadWrite);
    touch_schema(reader);   // Keeps the log from being removed.
    add_sample_orders(path, 20);
    REQUIRE(fs::file_size(path.string() + "-wal") > 0);

    Backup backup;
    const MemoryImage image = backup.of(path);
    CHECK(image.bytes() == settled_bytes_of(path, folder.path()));
    image.write_to("main", folder / "copy.db");
    CHECK(passes_integrity_check(folder / "copy.db"));
    CHECK(sample_content(folder / "copy.db") == sample_content(path));
}

TEST_CASE("every page size is read right in both journal modes", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const bool wal = GENERATE(true, false);
    for (const std::uint32_t page_bytes : {512U, 1024U, 4096U, 16384U, 32768U, 65536U}) {
        CAPTURE(wal, page_bytes);
        const fs::path path = folder / (std::to_string(page_bytes) + ".db");
        make_sample_database(path, {.wal = wal, .page_bytes = page_bytes, .auto_vacuum = page_bytes == 1024});
        Connection reader = Connection::open(path, OpenMode::ReadWrite);
        touch_schema(reader);
        add_sample_orders(path, 3);
        delete_sample_orders(path, 1, 100);
        Backup backup;
        const MemoryImage image = backup.of(path);
        CHECK(image.files.at("main").first.page_bytes == page_bytes);
        CHECK(image.bytes() == settled_bytes_of(path, folder.path()));
    }
}

TEST_CASE("an empty file is a database without pages", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "empty.db", {});
    Backup backup;
    CHECK(backup.of(folder / "empty.db").bytes().empty());
}

TEST_CASE("a file that is no database is refused with what to do", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    Backup backup;
    write_file_durably(folder / "noise.db", as_bytes(std::string(20'000, '\xa7')));
    const auto error = error_thrown_by([&] { backup.of(folder / "noise.db"); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::NotADatabase);
    CHECK_THAT(error->hint, Catch::Contains("encrypted"));
    CHECK(code_thrown_by([&] { backup.of(folder.path()); }) == ErrorCode::NotADatabase);
    CHECK(code_thrown_by([&] { backup.of(folder / "none.db"); }) == ErrorCode::Unavailable);
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(code_thrown_by([&] { backup.of(folder / "pipe"); }) == ErrorCode::NotADatabase);
}

TEST_CASE("snapshots taken while another process commits and checkpoints are whole", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "money.db";
    const auto page_bytes = GENERATE(as<std::uint32_t>{}, 512, 4096);
    MoneyWriter::make(path, "WAL", page_bytes, page_bytes == 512);
    MoneyWriter writer(path);
    OtherProcess process([&](unsigned round) { writer.work(round); });
    process.wait_for_rounds(5);
    for (int i = 0; i < 12; ++i) {
        MemoryImage image;
        InterruptedImage sink(image, process, 3);
        Backup().into(sink, path);
        image.write_to("main", folder / "copy.db");
        REQUIRE(passes_integrity_check(folder / "copy.db"));
        REQUIRE(MoneyWriter::is_right(folder / "copy.db"));
        for (const char* side : {"", "-wal", "-shm"}) fs::remove(folder.path() / (std::string("copy.db") + side));
    }
    CHECK(process.stop());
}

TEST_CASE("snapshots in rollback mode are whole although the first pass is torn", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "money.db";
    MoneyWriter::make(path, "DELETE", 1024);
    MoneyWriter writer(path);
    OtherProcess process([&](unsigned round) { writer.work(round); });
    process.wait_for_rounds(5);
    std::uint64_t refreshed = 0;
    for (int i = 0; i < 8; ++i) {
        MemoryImage image;
        InterruptedImage sink(image, process, 3);
        Backup().into(sink, path);
        refreshed += image.refreshed_pages;
        image.write_to("main", folder / "copy.db");
        REQUIRE(passes_integrity_check(folder / "copy.db"));
        REQUIRE(MoneyWriter::is_right(folder / "copy.db"));
        fs::remove(folder / "copy.db");
    }
    CHECK(refreshed > 0);
    CHECK(process.stop());
}

TEST_CASE("a snapshot between two commits of another process is that state byte for byte", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "money.db";
    const std::string mode = GENERATE("WAL", "DELETE", "TRUNCATE", "PERSIST");
    MoneyWriter::make(path, mode, 4096);
    MoneyWriter writer(path);
    OtherProcess process([&](unsigned round) { writer.work(round); });
    for (int i = 0; i < 15; ++i) {
        process.wait_for_rounds(static_cast<unsigned>(1 + i % 4));
        process.pause();
        const Bytes reference = settled_bytes_of(path, folder.path());
        Backup backup;
        const MemoryImage image = backup.of(path);
        CAPTURE(mode, i);
        REQUIRE(image.bytes() == reference);
        process.resume();
    }
    CHECK(process.stop());
}

TEST_CASE("a fully checkpointed log is not read, as a writer may start it anew", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "money.db";
    MoneyWriter::make(path, "WAL", 4096);
    MoneyWriter writer(path);
    OtherProcess process([&](unsigned round) { writer.work(round); });
    for (int i = 0; i < 10; ++i) {
        process.wait_for_rounds(2);
        process.pause();
        Connection(Connection::open(path, OpenMode::ReadWrite)).execute("PRAGMA wal_checkpoint(PASSIVE)");
        const Bytes reference = settled_bytes_of(path, folder.path());
        {
            OpenDatabase database = OpenDatabase::for_reading(path);
            const ManualClock clock("2026-11-20T14:00:00Z");
            Snapshot snapshot(database, layout_of(database), clock, {});
            process.resume();
            process.wait_for_rounds(5);   // They begin the log from its start, and cannot checkpoint it.
            Bytes bytes(snapshot.pages() * 4096);
            snapshot.read(0, bytes);
            REQUIRE(bytes == reference);
        }
    }
    CHECK(process.stop());
}

TEST_CASE("a backup leaves the locks of other readers in this process alone", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "shop.db";
    make_sample_database(path, {.wal = false});
    // Waits for its cue, then tries to commit beside a reader, which must not work.
    OtherProcess process([&](unsigned) {
        if (!fs::exists(folder / "go") || fs::exists(folder / "done")) return;
        Connection connection = Connection::open(path, OpenMode::ReadWrite, Duration(1));
        const bool committed = !code_thrown_by([&] { connection.run("INSERT INTO audit_log VALUES ('x', 1, 1)"); }).has_value();
        write_file_durably(folder / "done", as_bytes(committed ? "committed" : "was kept out"));
    });
    const auto reader = SqliteProvider().read_rows(live(path));
    Backup().of(path);
    SqliteProvider().probe(live(path));
    write_file_durably(folder / "go", {});
    while (!fs::exists(folder / "done")) process.wait_for_rounds(1);
    CHECK(read_text_file(folder / "done", 100) == "was kept out");
    CHECK(process.stop());
}

TEST_CASE("what a crashed writer left behind is rolled back first", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "shop.db";
    const bool wal = GENERATE(true, false);
    make_sample_database(path, {.wal = wal});
    const std::string content = sample_content(path);
    {
        std::optional<Connection> connection;
        OtherProcess process([&](unsigned round) {
            if (round > 0) return;
            connection.emplace(Connection::open(path, OpenMode::ReadWrite));
            connection->execute("PRAGMA cache_size=5; PRAGMA synchronous=OFF; BEGIN; UPDATE customers SET photo = randomblob(5000)");
        });
        process.wait_for_rounds(2);
    }   // Killed in the middle of its transaction.
    REQUIRE(fs::exists(path.string() + (wal ? "-wal" : "-journal")));
    Backup backup;
    backup.of(path).write_to("main", folder / "copy.db");
    CHECK(passes_integrity_check(folder / "copy.db"));
    CHECK(sample_content(folder / "copy.db") == content);
}

TEST_CASE("pages beyond four gigabytes are found", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "large.db";
    make_sample_database(path, {.wal = false, .page_bytes = 65536});
    constexpr std::uint64_t kPages = 5ULL * 16384;   // 5 GiB, sparse.
    {
        File file = File::open(path, File::Mode::ReadWrite);
        file.resize(kPages * 65536);
        file.write_at((kPages - 1) * 65536, as_bytes("the last page"));
    }
    OpenDatabase database = OpenDatabase::for_reading(path);
    const ManualClock clock("2026-11-20T14:00:00Z");
    Snapshot snapshot(database, layout_of(database), clock, {});
    REQUIRE(snapshot.pages() == kPages);
    Bytes page(65536);
    snapshot.read(kPages - 1, page);
    CHECK(as_text(page).starts_with("the last page"));
}

TEST_CASE("an idle file in rollback mode is read once", "[sqlite][snapshot]") {
    const TemporaryFolder folder;
    const fs::path path = folder / "shop.db";
    make_sample_database(path, {.wal = false});
    const timespec long_ago[2] = {{1'600'000'000, 0}, {1'600'000'000, 0}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), long_ago, 0) == 0);
    Backup backup;
    CHECK(backup.of(path).refreshes == 0);
    add_sample_orders(path, 1);   // A moment ago: the file's times cannot tell.
    CHECK(backup.of(path).refreshes == 1);
}
