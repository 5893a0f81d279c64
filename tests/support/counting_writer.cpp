#include "tests/support/counting_writer.hpp"

#include "engine/sqlite/transaction.hpp"

namespace holdfast {

void CountingWriter::make(const fs::path& path, std::uint32_t page_bytes, bool auto_vacuum) {
    Connection connection = Connection::open(path, OpenMode::Create);
    connection.execute("PRAGMA page_size=" + std::to_string(page_bytes) + "; PRAGMA auto_vacuum=" + (auto_vacuum ? "1" : "0") + "; PRAGMA journal_mode=WAL");
    connection.execute(R"(BEGIN; CREATE TABLE counted(n INTEGER); INSERT INTO counted VALUES (0);
        CREATE TABLE one(id INTEGER PRIMARY KEY, money); CREATE TABLE two(id INTEGER PRIMARY KEY, money, filling);
        CREATE TABLE blobs(id INTEGER PRIMARY KEY, body BLOB);
        WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100)
        INSERT INTO one SELECT i, 1000 FROM n;
        INSERT INTO two SELECT id, 1000, randomblob(200) FROM one; COMMIT)");
}

Connection& CountingWriter::connection() {
    if (!connection_) {
        connection_.emplace(Connection::open(path_, OpenMode::ReadWrite, Duration(60'000)));
        connection_->execute("PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=40; PRAGMA cache_size=20");
    }
    return *connection_;
}

void CountingWriter::change() {
    for (int i = 0; i < 3; ++i) {
        const std::int64_t amount = pick(50);
        connection().run("UPDATE one SET money = money - ? WHERE id = ?", amount, 1 + pick(100));
        connection().run("UPDATE two SET money = money + ?, filling = randomblob(200) WHERE id = ?", amount, 1 + pick(100));
    }
    connection().run("INSERT INTO blobs(body) VALUES (randomblob(?))", pick(30'000));
}

void CountingWriter::count_one() { connection().run("UPDATE counted SET n = n + 1"); }

void CountingWriter::work(unsigned round) {
    if (round % 7 == 5) {
        Transaction undone(connection());
        connection().execute("UPDATE two SET filling = randomblob(900); UPDATE counted SET n = n + 1000");   // Spills into the log.
        undone.rollback();
    }
    {
        Transaction transaction(connection());
        change();
        if (savepoints && round % 5 == 2) connection().execute("SAVEPOINT s; UPDATE two SET filling = randomblob(700); ROLLBACK TO s; RELEASE s");
        if (round % 4 == 3) connection().run("DELETE FROM blobs WHERE id % 3 <> 0 OR id < ?", static_cast<std::int64_t>(round) - 20);
        count_one();
        transaction.commit();
    }
    if (checkpoints && round % 3 == 0) checkpoint();
    // VACUUM commits without counting, so that the count stays and the pages move.
    if (vacuums && round % 40 == 39) connection().execute("VACUUM");
}

void CountingWriter::checkpoint() {
    // A reader may be in the way; then it is simply not done.
    connection().set_busy_timeout(Duration(0));
    constexpr const char* kCheckpoints[] = {"PASSIVE", "PASSIVE", "FULL", "RESTART", "TRUNCATE"};
    connection().prepare(std::string("PRAGMA wal_checkpoint(") + kCheckpoints[pick(5)] + ")").run();
    connection().set_busy_timeout(Duration(60'000));
}

std::string CountingWriter::content_of(const fs::path& path) {
    Connection connection = Connection::open(path, OpenMode::ReadWrite);
    std::string content;
    for (const char* sql : {"SELECT n, 0 FROM counted", "SELECT id, money FROM one ORDER BY id", "SELECT id, money || hex(filling) FROM two ORDER BY id",
                            "SELECT id, hex(body) FROM blobs ORDER BY id"}) {
        Statement rows = connection.prepare(sql);
        std::size_t count = 0;
        std::size_t hash = 0;
        for (; rows.step(); ++count) hash = hash * 1'000'003 + std::hash<std::string>{}(rows.text(0) + "|" + rows.text(1));
        content += std::to_string(count) + ":" + std::to_string(hash) + " ";
    }
    return content;
}

std::optional<std::int64_t> CountingWriter::count_in(const fs::path& path) {
    Connection connection = Connection::open(path, OpenMode::ReadWrite);
    if (connection.text("PRAGMA integrity_check") != "ok") return std::nullopt;
    if (connection.integer("SELECT (SELECT sum(money) FROM one) + (SELECT sum(money) FROM two)") != 200'000) return std::nullopt;
    return connection.integer("SELECT n FROM counted");
}

}  // namespace holdfast
