#include "providers/databases/postgres/wal_parsing.hpp"

#include <catch2/catch.hpp>

#include "tests/support/thrown.hpp"
#include "tests/support/wal_builder.hpp"

using namespace holdfast;

TEST_CASE("a segment says whose it is and which transactions end in it", "[postgres][wal]") {
    WalBuilder wal;
    const Lsn first = wal.commit(700, 1'774'785'600'000'000);
    wal.plain(WalSource::Heap, 0, 701, Bytes(9000));
    wal.commit(702, 1'774'785'600'000'000);
    const WalHead head = head_of_segment(wal.bytes());
    CHECK(head.branch == WalBranch{wal.options().system, 1});
    CHECK(head.begin == wal.options().begin);
    CHECK(head.segment_bytes == kWalSegmentBytesLeast);
    CHECK(head.version == 15);
    const auto parsing = parse_wal(head, head.begin);
    const ByteView bytes = wal.bytes();
    const WalPart one = parsing->feed(bytes.first(5000));
    REQUIRE(one.transactions.size() == 1);
    CHECK(one.transactions[0].at == first);
    CHECK(one.resume_at < wal.options().begin + 5000);
    const WalPart two = parsing->feed(bytes.subspan(5000));
    REQUIRE(two.transactions.size() == 1);
    CHECK(two.transactions[0].xid == 702);
    CHECK_FALSE(two.ended);
    const WalPart end = parsing->feed(Bytes(kWalPageBytes));
    CHECK(end.ended);
    CHECK(end.resume_at.bytes == (wal.end().bytes + 7) / 8 * 8);
}

TEST_CASE("what is no segment is refused", "[postgres][wal]") {
    CHECK(code_thrown_by([] { head_of_segment(Bytes(8192)); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([] { head_of_segment(as_bytes("short")); }) == ErrorCode::Corrupt);
    WalBuilder wal;
    wal.plain(WalSource::Heap, 0, 1, Bytes(9000));
    CHECK(code_thrown_by([&] { head_of_segment(ByteView(wal.bytes()).subspan(kWalPageBytes)); }) == ErrorCode::Corrupt);
}

TEST_CASE("the cluster of a file that lies in no data directory is not known", "[postgres][wal]") {
    CHECK(code_thrown_by([&] { cluster_of_wal_file("/nowhere/pg_wal/00000002.history"); }) == ErrorCode::Missing);
}
