#include "providers/databases/postgres/cluster_files.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

void put(const fs::path& path) {
    fs::create_directories(path.parent_path());
    write_file_durably(path, as_bytes("15\n"));
}

}  // namespace

TEST_CASE("a server's own, its sessions' and its log's files are no part of a backup", "[postgres][layout]") {
    const TemporaryFolder folder;
    const fs::path data = folder / "data";
    for (const char* kept : {"PG_VERSION", "base/5/16384", "base/5/16384.1", "base/5/16384_vm", "base/5/PG_VERSION", "base/5/pg_filenode.map", "global/1262", "pg_xact/0000",
                             "pg_multixact/members/0000", "postgresql.auto.conf", "holdfast_lineage", "log/postgresql.log"}) {
        put(data / kept);
    }
    for (const char* not_kept : {"postmaster.pid", "postmaster.opts", "backup_label", "tablespace_map", "backup_manifest", "postgresql.auto.conf.tmp", "current_logfiles.tmp",
                                 "global/pg_control", "global/pg_internal.init", "base/5/pg_internal.init.77", "base/pgsql_tmp/pgsql_tmp812.0", "base/5/t3_16400", "base/5/t12_16400_fsm",
                                 "pg_wal/000000010000000000000001", "pg_replslot/holdfast_orders/state", "pg_notify/0000", "pg_subtrans/0000", "pg_stat_tmp/global.stat"}) {
        put(data / not_kept);
    }
    fs::create_directories(data / "pg_wal/archive_status");
    const ClusterFiles found = list_cluster_files(data, {});
    CHECK(found.files == std::vector<std::string>{"PG_VERSION", "base/5/16384", "base/5/16384.1", "base/5/16384_vm", "base/5/PG_VERSION", "base/5/pg_filenode.map", "global/1262",
                                                  "holdfast_lineage", "log/postgresql.log", "pg_multixact/members/0000", "pg_xact/0000", "postgresql.auto.conf"});
    std::vector<std::string> folders = found.layout.folders;
    std::ranges::sort(folders);
    CHECK(folders == std::vector<std::string>{"base", "base/5", "global", "log", "pg_multixact", "pg_multixact/members", "pg_notify", "pg_replslot", "pg_stat_tmp", "pg_subtrans", "pg_wal",
                                              "pg_wal/archive_status", "pg_xact"});
    CHECK(found.left_out.empty());
}

TEST_CASE("of a table that keeps no log only the empty beginning is kept", "[postgres][layout]") {
    const TemporaryFolder folder;
    for (const char* name : {"PG_VERSION", "base/5/16384", "base/5/16384_fsm", "base/5/16384_init", "base/5/16385", "base/6/16384"}) put(folder / name);
    CHECK(list_cluster_files(folder.path(), {}).files == std::vector<std::string>{"PG_VERSION", "base/5/16384_init", "base/5/16385", "base/6/16384"});
}

TEST_CASE("of a tablespace's place only what is this cluster's is read, and other links are named", "[postgres][layout]") {
    const TemporaryFolder folder;
    const fs::path data = folder / "data", space = folder / "space";
    put(data / "PG_VERSION");
    put(space / "PG_15_202209061/5/16390");
    put(space / "PG_14_202107181/5/16390");
    fs::create_directories(data / "pg_tblspc");
    fs::create_symlink(space, data / "pg_tblspc/16389");
    fs::create_symlink("/etc/hostname", data / "server.key");
    const ClusterFiles found = list_cluster_files(data, {});
    CHECK(found.files == std::vector<std::string>{"PG_VERSION", "pg_tblspc/16389/PG_15_202209061/5/16390"});
    REQUIRE(found.layout.tablespaces.size() == 1);
    CHECK(found.layout.tablespaces[0].oid == "16389");
    CHECK(found.layout.tablespaces[0].location == space.string());
    CHECK(found.left_out == std::vector<std::string>{"server.key"});
}

TEST_CASE("a folder that cannot be listed is no empty one", "[postgres][layout]") {
    const TemporaryFolder folder;
    put(folder / "PG_VERSION");
    CHECK(code_thrown_by([&] { list_cluster_files(folder / "PG_VERSION", {}); }) == ErrorCode::Io);
}
