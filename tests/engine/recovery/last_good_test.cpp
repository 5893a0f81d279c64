#include "engine/recovery/last_good.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/repository/log.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// Points ten minutes apart, each of a small database that a statement made.
struct Days : InstallationFixture {
    std::vector<RecoveryPoint> points;

    void day(const std::string& sql) {
        Connection::open(folder / "made.db", OpenMode::Create).execute(sql);
        const Bytes image = read_file(folder / "made.db", 1 << 28);
        const auto writer = repositories->of_or_create(StoreName("local")).begin_image(spec().name, policy.compression, std::nullopt, progress, {});
        writer->add_pages({.name = "main", .page_bytes = 4096, .bytes = image.size(), .mode = 0600}, [&](std::uint64_t first, std::span<std::byte> out) {
            std::copy_n(image.begin() + static_cast<std::ptrdiff_t>(first * 4096), out.size(), out.begin());
        });
        PointManifest manifest;
        manifest.point.database = spec().name;
        manifest.point.started = manifest.point.instant = manifest.point.finished = clock.now();
        RecoveryPoint point = writer->commit(manifest).point;
        point.copies = {StoreName("local")};
        catalog->put_point(point);
        points.push_back(point);
        clock.advance(std::chrono::minutes(10));
    }
    LastGood look(const std::string& sql, std::optional<Instant> since = {}, std::optional<Instant> until = {}) {
        return find_last_good(installation(), {.database = spec().name, .sql = sql, .since = since, .until = until}, [](const StateAnswer&) {}, progress, {});
    }
};

struct Lost : Days {
    Lost() {
        day("CREATE TABLE other(a)");
        day("CREATE TABLE orders(id INTEGER PRIMARY KEY, name TEXT)");
        for (int number = 1; number <= 4; ++number) day("INSERT INTO orders VALUES (" + std::to_string(number) + ", 'x')");
        day("DELETE FROM orders WHERE id = 3");
        day("INSERT INTO orders VALUES (9, NULL)");
        day("DROP TABLE orders");
    }
};

struct Logged : Days {
    LogStreamId stream;

    // Each statement is one transaction, five milliseconds after the one before.
    void log(const std::vector<std::string>& statements) {
        Repository& repository = repositories->of(StoreName("local"));
        const auto writer = repository.begin_log(spec().name, points.back().id);
        stream = writer->facts().stream;
        for (const std::string& sql : statements) {
            const Bytes before = read_file(folder / "made.db", 1 << 28);
            Connection::open(folder / "made.db", OpenMode::ReadWrite).execute(sql);
            const Bytes after = read_file(folder / "made.db", 1 << 28);
            for (std::size_t at = 0; at < after.size(); at += 4096) {
                const ByteView page = ByteView(after).subspan(at, 4096);
                if (at < before.size() && std::ranges::equal(page, ByteView(before).subspan(at, 4096))) continue;
                writer->add_page(at / 4096, page, [&](std::uint64_t first, std::span<std::byte> out) {
                    std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(first * 4096), out.size(), out.begin());
                });
            }
            const Instant not_before = clock.now();
            clock.advance(Duration(5));
            writer->commit(clock.now(), not_before, after.size() / 4096, "mark");
        }
        writer->make_durable();
    }
};

}  // namespace

TEST_CASE("between two points the log is searched transaction by transaction", "[recovery][find]") {
    Logged f;
    f.day("CREATE TABLE t(a INTEGER PRIMARY KEY)");
    const Instant base = f.points.back().instant;
    f.clock.set(base);
    std::vector<std::string> statements;
    for (int number = 1; number <= 300; ++number) statements.push_back("INSERT INTO t VALUES (" + std::to_string(number) + ")");
    statements[199] = "DELETE FROM t WHERE a = 150";
    f.log(statements);
    f.clock.advance(std::chrono::minutes(1));
    f.day("INSERT INTO t VALUES (1000)");
    const LogStreamId stream = f.stream;
    const LastGood found = f.look("SELECT count(*) FROM t WHERE a = 150");
    CHECK(found.outcome == LastGoodOutcome::Found);
    CHECK(found.last_good->target.log == LogPosition{stream, 199});
    CHECK(found.first_bad->target.log == LogPosition{stream, 200});
    CHECK(found.before == base + Duration(1000));
    CHECK(found.answers.size() < 20);
    // True only in the log, and still true at its end.
    const LastGood still = f.look("SELECT count(*) FROM t WHERE a = 300", {}, f.points.back().instant);
    CHECK(still.outcome == LastGoodOutcome::StillGood);
    CHECK(still.last_good->target.log == LogPosition{stream, 300});
}

TEST_CASE("transactions of one millisecond are told apart by their number", "[recovery][find]") {
    Logged f;
    f.day("CREATE TABLE t(a)");
    f.log({"INSERT INTO t VALUES (1)"});
    Repository& repository = f.repositories->of(StoreName("local"));
    const Bytes before = read_file(f.folder / "made.db", 1 << 28);
    Connection::open(f.folder / "made.db", OpenMode::ReadWrite).execute("DELETE FROM t");
    const Bytes after = read_file(f.folder / "made.db", 1 << 28);
    const auto writer = repository.continue_log(f.spec().name, f.stream);
    for (std::size_t at = 0; at < after.size(); at += 4096) writer->add_page(at / 4096, ByteView(after).subspan(at, 4096), [](std::uint64_t, std::span<std::byte>) {});
    writer->commit(f.clock.now(), f.clock.now() - Duration(5), after.size() / 4096, "mark");
    writer->make_durable();
    const LastGood found = f.look("SELECT count(*) FROM t");
    CHECK(found.last_good->target.log == LogPosition{f.stream, 1});
    CHECK_FALSE(found.before);
    CHECK(found.before_transaction == LogPosition{f.stream, 2});
}

TEST_CASE("the last state with a row is found, and the moment to give", "[recovery][find]") {
    Lost f;
    const LastGood found = f.look("SELECT count(*) FROM orders WHERE id = 3");
    CHECK(found.outcome == LastGoodOutcome::Found);
    CHECK(found.last_good->target.point.id == f.points[5].id);
    CHECK(found.first_bad->target.point.id == f.points[6].id);
    CHECK(found.before == f.points[6].instant);
    CHECK(found.good_at_oldest == false);
    CHECK(find_point(f.installation(), f.spec().name, found.before).id == f.points[5].id);
}

TEST_CASE("a table that is not there is not true, and said", "[recovery][find]") {
    Lost f;
    const LastGood found = f.look("SELECT 1 FROM orders");
    CHECK(found.last_good->target.point.id == f.points[7].id);
    CHECK_THAT(found.answers.front().said, Catch::Contains("no such table: orders"));
    CHECK(found.answers.front().answer == Answer::No);
}

TEST_CASE("NULL, 0, an empty text and no row are not true", "[recovery][find]") {
    Lost f;
    for (const char* sql : {"SELECT NULL", "SELECT 0", "SELECT 0.0", "SELECT ''", "SELECT x''", "SELECT 1 WHERE 0", "SELECT abs(-9223372036854775808)"}) {
        INFO(sql);
        const LastGood found = f.look(sql);
        CHECK(found.outcome == LastGoodOutcome::NowhereGood);
        CHECK(found.answers.size() == f.points.size());
    }
    for (const char* sql : {"SELECT 7", "SELECT -0.5", "SELECT 'no'", "SELECT x'00'"}) {
        INFO(sql);
        const LastGood found = f.look(sql);
        CHECK(found.outcome == LastGoodOutcome::StillGood);
        CHECK(found.last_good->target.point.id == f.points.back().id);
        CHECK(found.good_at_oldest == true);
    }
}

TEST_CASE("only the span that was asked for is looked at", "[recovery][find]") {
    Lost f;
    CHECK(f.look("SELECT 1", f.points[2].instant, f.points[4].instant).states == 2);
    CHECK(f.look("SELECT count(*) FROM orders WHERE id = 3", {}, f.points[6].instant).outcome == LastGoodOutcome::StillGood);
    CHECK(code_thrown_by([&] { f.look("SELECT 1", f.clock.now()); }) == ErrorCode::CannotRecover);
}

TEST_CASE("a point that is damaged, or turns out to be, is skipped and said", "[recovery][find]") {
    Lost f;
    f.catalog->record_verification({.point = f.points[5].id, .store = StoreName("local"), .at = f.clock.now(), .sound = false, .depth = "checksum", .detail = ""});
    f.repositories->of(StoreName("local")).forget(f.spec().name, f.points[6].id);
    const LastGood found = f.look("SELECT count(*) FROM orders WHERE id = 3");
    CHECK(found.last_good->target.point.id == f.points[4].id);
    CHECK(found.first_bad->target.point.id == f.points[7].id);
    CHECK(found.before == f.points[5].instant);
    CHECK(std::ranges::count(found.answers, Answer::Unknown, &StateAnswer::answer) == 2);
}

TEST_CASE("SQL that is not understood, or writes, is refused at once", "[recovery][find]") {
    Lost f;
    CHECK(code_thrown_by([&] { f.look("SELEC 1"); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([&] { f.look("DELETE FROM other"); }) == ErrorCode::NotPermitted);
}

TEST_CASE("two states of one millisecond are told apart by id alone", "[recovery][find]") {
    Days f;
    f.day("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    f.clock.advance(-std::chrono::minutes(10));
    f.day("DELETE FROM t");
    f.day("INSERT INTO t SELECT 1 WHERE 0");
    const LastGood found = f.look("SELECT count(*) FROM t");
    CHECK(found.outcome == LastGoodOutcome::Found);
    CHECK(found.last_good->target.point.id == f.points[0].id);
    // Which of the two goes first is up to their ids; a moment is given only where it leads to the good one.
    if (found.before) CHECK(find_point(f.installation(), f.spec().name, found.before).id == f.points[0].id);
}

TEST_CASE("where there is no point to ask a search says how to make one", "[recovery][find]") {
    InstallationFixture f;
    const auto error = error_thrown_by([&] {
        find_last_good(f.installation(), {.database = f.spec().name, .sql = "SELECT 1", .since = {}, .until = {}}, [](const StateAnswer&) {}, f.progress, {});
    });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::CannotRecover);
    CHECK_THAT(error->hint, Catch::Contains("runbook backup now orders"));
}
