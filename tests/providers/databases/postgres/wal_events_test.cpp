#include "providers/databases/postgres/wal_events.hpp"

#include <catch2/catch.hpp>

#include "providers/databases/postgres/wal_records.hpp"
#include "tests/support/wal_builder.hpp"

using namespace holdfast;

namespace {

constexpr std::int64_t kNoon = 1'774'785'600'000'000;   // 2026-03-29T12:00:00Z

// What `read` says of one record.
template <typename Read>
auto read_one(WalSource source, std::uint8_t kind, ByteView main, Read&& read, unsigned version = 15) {
    WalBuilder wal({.version = version});
    wal.plain(source, kind, 700, main);
    decltype(read(WalRecord{})) seen{};
    WalRecords records(wal.options().begin, wal.options().segment_bytes);
    records.feed(wal.bytes(), [&](const WalRecord& record) { seen = read(record); });
    return seen;
}

void put_relation(ByteWriter& out, const RelationFiles& relation) {
    out.u32(relation.space);
    out.u32(relation.database);
    out.u32(relation.relation);
}

ByteWriter time_first(std::int64_t micros) {
    ByteWriter main;
    main.u64(static_cast<std::uint64_t>(micros - 946'684'800'000'000));
    return main;
}

}  // namespace

TEST_CASE("a commit says who and when", "[postgres][wal]") {
    WalBuilder wal;
    const Lsn at = wal.commit(712, kNoon + 1'999);
    wal.restore_point("before the migration", kNoon);
    std::vector<WalTransaction> seen;
    WalRecords records(wal.options().begin, wal.options().segment_bytes);
    records.feed(wal.bytes(), [&](const WalRecord& record) {
        if (auto listed = listed_transaction_in(record)) seen.push_back(*listed);
    });
    REQUIRE(seen.size() == 2);
    CHECK(seen[0] == WalTransaction{.at = at, .end = at + 34, .xid = 712, .micros = kNoon + 1'999, .restore_point = {}});
    CHECK(to_rfc3339(instant_of(seen[0])) == "2026-03-29T12:00:00.001Z");
    CHECK(seen[1].restore_point == "before the migration");
}

TEST_CASE("a prepared transaction's own number counts, whatever stands in front of it", "[postgres][wal]") {
    const RelationFiles dropped{1663, 5, 16390};
    for (const unsigned version : {15U, 18U}) {
        ByteWriter main = time_first(kNoon);
        main.u32(1 | 2 | 4 | 8 | 16 | 256);
        main.u32(5);        // Database.
        main.u32(1663);
        main.u32(1);        // Children.
        main.u32(701);
        main.u32(1);        // Relations.
        put_relation(main, dropped);
        main.u32(2);        // Statistics.
        main.raw(Bytes(version >= 18 ? 32 : 24));
        main.u32(1);        // Messages.
        main.raw(Bytes(16));
        main.u32(699);
        const auto end = read_one(WalSource::Transaction, 0x30 | 0x80, main.bytes(), transaction_end_in, version);
        REQUIRE(end);
        CHECK(end->committed);
        CHECK(end->xid == 699);
        CHECK(end->micros == kNoon);
        CHECK(end->removed == std::vector{dropped});
    }
}

TEST_CASE("an abort is no commit, and removes the files it made", "[postgres][wal]") {
    ByteWriter main = time_first(kNoon);
    main.u32(4);
    main.u32(1);
    put_relation(main, {1663, 5, 16391});
    const auto end = read_one(WalSource::Transaction, 0x20 | 0x80, main.bytes(), transaction_end_in);
    REQUIRE(end);
    CHECK_FALSE(end->committed);
    CHECK(end->removed.size() == 1);
    CHECK_FALSE(read_one(WalSource::Transaction, 0x20 | 0x80, main.bytes(), listed_transaction_in));
    CHECK_FALSE(read_one(WalSource::Transaction, 0x10, main.bytes(), transaction_end_in));   // PREPARE
    CHECK_FALSE(read_one(WalSource::Heap, 0x00, main.bytes(), transaction_end_in));
}

TEST_CASE("relations that are made or cut are seen", "[postgres][wal]") {
    const RelationFiles table{1663, 5, 16384};
    ByteWriter made;
    put_relation(made, table);
    made.u32(0);
    const auto created = read_one(WalSource::Storage, 0x10, made.bytes(), relation_cut_in);
    REQUIRE(created);
    CHECK(created->relation == table);
    CHECK(created->main_blocks == 0U);
    CHECK_FALSE(created->visibility_blocks);
    ByteWriter cut;
    cut.u32(12);
    put_relation(cut, table);
    cut.u32(1 | 2 | 4);
    const auto truncated = read_one(WalSource::Storage, 0x20, cut.bytes(), relation_cut_in);
    REQUIRE(truncated);
    CHECK(truncated->main_blocks == 12U);
    CHECK(truncated->visibility_blocks == 0U);
}

TEST_CASE("checkpoints and the end of a recovery say which timeline it is", "[postgres][wal]") {
    ByteWriter checkpoint;
    checkpoint.u64(0x3000028);
    checkpoint.u32(2);
    checkpoint.u32(2);
    checkpoint.raw(Bytes(60));
    const auto online = read_one(WalSource::Log, 0x10, checkpoint.bytes(), timeline_mark_in);
    REQUIRE(online);
    CHECK(online->redo == Lsn{0x3000028});
    CHECK_FALSE(online->is_new());
    ByteWriter recovered = time_first(kNoon);
    recovered.u32(2);
    recovered.u32(1);
    const auto end = read_one(WalSource::Log, 0x90, recovered.bytes(), timeline_mark_in);
    REQUIRE(end);
    CHECK(end->timeline == 2);
    CHECK(end->is_new());
}

TEST_CASE("a database that is made or dropped is seen", "[postgres][wal]") {
    ByteWriter main;
    main.u32(16400);
    main.u32(1663);
    main.u32(1);
    main.u32(1663);
    CHECK(read_one(WalSource::Database, 0x00, main.bytes(), database_change_in) == RelationFiles{1663, 16400, 0});
    CHECK(read_one(WalSource::Database, 0x20, main.bytes(), database_change_in) == RelationFiles{0, 16400, 0});
    CHECK(read_one(WalSource::Database, 0x10, main.bytes(), database_change_in, 14) == RelationFiles{0, 16400, 0});
}
