#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/catalog/audit_head.hpp"
#include "engine/catalog/catalog.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

// A chain of five entries, and a way past the triggers for somebody who means harm.
struct Chain {
    TemporaryFolder folder;
    ManualClock clock{"2026-11-20T12:00:00Z"};
    std::unique_ptr<Catalog> catalog = Catalog::open(folder / "catalog.db", clock);

    Chain() { append(5); }
    void append(int count) {
        for (int i = 0; i < count; ++i) catalog->audit("backup", "orders", "point " + std::to_string(i));
    }
    void tamper(const std::string& sql) {
        Connection::open_own(folder / "catalog.db")
            .execute("DROP TRIGGER IF EXISTS audit_is_not_changed; DROP TRIGGER IF EXISTS audit_is_not_removed; " + sql);
    }
};

}  // namespace

TEST_CASE("an untouched chain holds", "[catalog][audit]") {
    const Chain chain;
    const AuditReport report = chain.catalog->verify_audit();
    CHECK(report.ok());
    CHECK(report.entries == 5);
    const auto entries = chain.catalog->audit_entries(2);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].sequence == 5);
    CHECK(entries[0].detail == "point 4");
    CHECK(entries[0].at == chain.clock.now());
    CHECK_FALSE(entries[0].user.empty());
    CHECK_FALSE(entries[0].host.empty());
    CHECK(entries[0].hash.size() == 64);
}

TEST_CASE("a chain without entries holds", "[catalog][audit]") {
    const TemporaryFolder folder;
    const ManualClock clock("2026-11-20T12:00:00Z");
    CHECK(Catalog::open(folder / "catalog.db", clock)->verify_audit().ok());
}

TEST_CASE("the catalog itself refuses to change or remove an entry", "[catalog][audit]") {
    const Chain chain;
    Connection direct = Connection::open_own(chain.folder / "catalog.db");
    CHECK_THROWS_AS(direct.execute("UPDATE audit SET detail = '' WHERE sequence = 2"), Error);
    CHECK_THROWS_AS(direct.execute("DELETE FROM audit WHERE sequence = 2"), Error);
    CHECK(chain.catalog->verify_audit().ok());
}

TEST_CASE("a change of any field is seen", "[catalog][audit]") {
    const char* change = GENERATE("at = at + 1", "user = 'nobody'", "host = 'elsewhere'", "action = 'restore'", "subject = 'items'",
                                  "detail = ''", "hash = zeroblob(32)", "previous = zeroblob(32)");
    Chain chain;
    chain.tamper(std::string("UPDATE audit SET ") + change + " WHERE sequence = 3");
    CHECK(chain.catalog->verify_audit().broken_at == 3);
}

TEST_CASE("a removed entry is seen", "[catalog][audit]") {
    Chain chain;
    chain.tamper("DELETE FROM audit WHERE sequence = 2");
    CHECK(chain.catalog->verify_audit().broken_at == 2);
    CHECK(chain.catalog->verify_audit().why == "entries 2 to 2 are missing");
}

TEST_CASE("a first entry that was removed is seen", "[catalog][audit]") {
    Chain chain;
    chain.tamper("DELETE FROM audit WHERE sequence = 1");
    CHECK(chain.catalog->verify_audit().broken_at == 1);
}

TEST_CASE("an entry that was put in between is seen", "[catalog][audit]") {
    Chain chain;
    chain.tamper(
        "UPDATE audit SET sequence = -sequence WHERE sequence > 2; UPDATE audit SET sequence = 1 - sequence WHERE sequence < 0;"
        "INSERT INTO audit SELECT 3, at, user, host, 'pin', subject, detail, previous, hash FROM audit WHERE sequence = 2");
    CHECK(chain.catalog->verify_audit().broken_at == 3);
}

TEST_CASE("entries that were cut off at the end are seen", "[catalog][audit]") {
    Chain chain;
    chain.tamper("DELETE FROM audit WHERE sequence > 3");
    CHECK(chain.catalog->verify_audit().broken_at == 4);
    CHECK(chain.catalog->verify_audit().why == "entries 4 to 5 were cut off");
    chain.append(4);
    CHECK(chain.catalog->verify_audit().broken_at == 5);
}

TEST_CASE("a head that was removed or spoiled is seen", "[catalog][audit]") {
    Chain chain;
    SECTION("removed") { fs::remove(chain.folder / "audit.head"); }
    SECTION("spoiled") { write_file_durably(chain.folder / "audit.head", as_bytes("5 nothing")); }
    SECTION("of another chain") { write_audit_head(chain.folder / "audit.head", {.sequence = 4, .hash = Bytes(32)}); }
    CHECK_FALSE(chain.catalog->verify_audit().ok());
}

TEST_CASE("a head that lags behind after a crash catches up", "[catalog][audit]") {
    Chain chain;
    const auto head = read_audit_head(chain.folder / "audit.head");
    chain.append(1);
    write_audit_head(chain.folder / "audit.head", *head);
    CHECK(chain.catalog->verify_audit().ok());
    chain.append(1);
    CHECK(chain.catalog->verify_audit().ok());
    CHECK(read_audit_head(chain.folder / "audit.head")->sequence == 7);
}

TEST_CASE("a catalog that was made anew goes on from the head and says what is gone", "[catalog][audit]") {
    Chain chain;
    chain.catalog.reset();
    for (const char* name : {"catalog.db", "catalog.db-wal", "catalog.db-shm"}) fs::remove(chain.folder / name);
    chain.catalog = Catalog::open(chain.folder / "catalog.db", chain.clock);
    CHECK(chain.catalog->verify_audit().why == "entries 1 to 5 were cut off");
    chain.append(2);
    CHECK(chain.catalog->audit_entries(1).at(0).sequence == 7);
    CHECK(read_audit_head(chain.folder / "audit.head")->sequence == 7);
    CHECK(chain.catalog->verify_audit().why == "entries 1 to 5 are missing");
}

TEST_CASE("two processes that append at once keep one chain", "[catalog][audit]") {
    Chain chain;
    chain.catalog.reset();
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const auto own = Catalog::open(chain.folder / "catalog.db", chain.clock);
            for (int entry = 0; entry < 15; ++entry) own->audit("pin", "orders", std::to_string(i));
            ::_exit(0);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK(status == 0);
    }
    chain.catalog = Catalog::open(chain.folder / "catalog.db", chain.clock);
    const AuditReport report = chain.catalog->verify_audit();
    CHECK(report.why.empty());
    CHECK(report.entries == 50);
    CHECK(read_audit_head(chain.folder / "audit.head")->sequence == 50);
}
