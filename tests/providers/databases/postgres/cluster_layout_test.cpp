#include "providers/databases/postgres/cluster_layout.hpp"

#include <catch2/catch.hpp>

#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("files of relations are told from all others", "[postgres][layout]") {
    struct Row { const char* path; int segment; };   // -1: no relation.
    for (const Row& row : {Row{"base/5/16384", 0}, Row{"base/5/16384.12", 12}, Row{"base/5/16384_fsm", 0}, Row{"base/5/16384_vm.1", 1}, Row{"base/5/16384_init", 0},
                           Row{"global/1262", 0}, Row{"pg_tblspc/16385/PG_15_202209061/5/16386", 0}, Row{"global/pg_control", -1}, Row{"base/5/PG_VERSION", -1},
                           Row{"base/5/pg_filenode.map", -1}, Row{"base/5/16384.0", -1}, Row{"base/5/16384.", -1}, Row{"base/5/16384_x", -1}, Row{"base/5/t3_16384", -1},
                           Row{"base/16384", -1}, Row{"pg_xact/0000", -1}, Row{"pg_wal/000000010000000000000001", -1}, Row{"pg_tblspc/16385/5/16386", -1}}) {
        CAPTURE(row.path);
        const auto file = relation_file(row.path);
        CHECK(file.has_value() == (row.segment >= 0));
        if (file) CHECK(file->segment == static_cast<std::uint32_t>(row.segment));
    }
}

TEST_CASE("an increment names the file that it is of", "[postgres][layout]") {
    CHECK(path_of_incremental("base/5/INCREMENTAL.16384.1") == "base/5/16384.1");
    CHECK_FALSE(path_of_incremental("base/5/16384"));
    CHECK(is_log_segment("pg_wal/0000000100000000000000A1"));
    CHECK_FALSE(is_log_segment("pg_wal/archive_status/0000000100000000000000A1.done"));
    CHECK_FALSE(is_log_segment("pg_wal/00000002.history"));
}

TEST_CASE("a layout is read back as it was written", "[postgres][layout]") {
    const ClusterLayout layout{.folders = {"base", "base/5"}, .tablespaces = {{"16385", "/disk two/space"}}, .log_segments = {"pg_wal/000000010000000000000001"}};
    const ClusterLayout back = parse_layout(to_text(layout));
    CHECK(back.folders == layout.folders);
    CHECK(back.log_segments == layout.log_segments);
    REQUIRE(back.tablespaces.size() == 1);
    CHECK(back.tablespaces[0].location == "/disk two/space");
    CHECK(restored_path("pg_tblspc/16385/PG_15_1/5/1") == "tablespaces/16385/PG_15_1/5/1");
    CHECK(restored_path("base/5/1") == "base/5/1");
}

TEST_CASE("a layout never leads out of the data directory", "[postgres][layout]") {
    for (const char* text : {"folder ../x\n", "folder /etc\n", "tablespace ../x /y\n", "tablespace 1\n", "nonsense\n"}) {
        CAPTURE(text);
        CHECK(code_thrown_by([&] { parse_layout(text); }) == ErrorCode::Corrupt);
    }
}
