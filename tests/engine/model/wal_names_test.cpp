#include "engine/model/wal_names.hpp"

#include <catch2/catch.hpp>

#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("segments have the names that the server gives them, of every size", "[model][wal]") {
    struct Case { Lsn at; std::uint32_t megabytes; const char* name; };
    for (const Case& each : {Case{Lsn{0x3000000}, 16, "000000020000000000000003"}, Case{Lsn{0x1FF000000}, 16, "0000000200000001000000FF"},
                             Case{Lsn{0x5'00100000}, 1, "000000020000000500000001"}, Case{Lsn{0x5'C0000000}, 1024, "000000020000000500000003"}}) {
        const std::uint32_t bytes = each.megabytes << 20;
        CHECK(segment_name({2, each.at}, bytes) == each.name);
        const auto parsed = parse_wal_file_name(each.name);
        REQUIRE(parsed);
        CHECK(segment_of(*parsed, bytes) == WalSegment{2, each.at});
    }
    CHECK_FALSE(segment_of(*parse_wal_file_name("0000000200000005000000FF"), 1024U << 20));   // Four in 4 GiB, no more.
}

TEST_CASE("every other file of pg_wal is known by its name, and nothing else is", "[model][wal]") {
    CHECK(parse_wal_file_name("000000010000000000000003.partial")->kind == WalFileKind::PartialSegment);
    CHECK(parse_wal_file_name("000000010000000000000003.00000028.backup")->kind == WalFileKind::BackupHistory);
    CHECK(parse_wal_file_name("00000002.history") == WalFileName{WalFileKind::TimelineHistory, 2, 0});
    CHECK(history_name(2) == "00000002.history");
    for (const char* other : {"", "00000001", "00000000.history", "000000010000000000000003.gz", "00000001000000000000000", "00000001000000000000000g",
                              "000000010000000000000003.0000002.backup", "../0000000100000000000000", "archive_status"}) {
        CHECK_FALSE(parse_wal_file_name(other));
    }
}

TEST_CASE("a timeline history is read, and refused where it makes no sense", "[model][wal]") {
    const auto switches = parse_timeline_history("1\t0/3000148\tno recovery target specified\n\n# a note\n2\t0/5000000\tbefore 2026-03-29 12:00:00+00\n");
    CHECK(switches == std::vector<TimelineSwitch>{{1, Lsn{0x3000148}}, {2, Lsn{0x5000000}}});
    CHECK(parse_timeline_history("").empty());
    for (const char* wrong : {"x", "1\n", "1\t0:3\n", "2\t0/5\n1\t0/6\n", "1\t0/6\n2\t0/5\n", "0\t0/5\n"}) {
        CHECK(code_thrown_by([&] { parse_timeline_history(wrong); }) == ErrorCode::Corrupt);
    }
}
