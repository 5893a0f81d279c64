#include "providers/databases/postgres/local_cluster.hpp"

#include <catch2/catch.hpp>

#include "tests/support/postgres_server.hpp"

using namespace holdfast;

namespace {
LocalCluster look(const PostgresServer& server, const std::string& user = "postgres") {
    PostgresConnection sql = PostgresConnection::open(connection_words(server.connection(user)), {}, {});
    return find_local_cluster(sql);
}
}  // namespace

TEST_CASE("a server of this machine has its files where it says", "[postgres][backup]") {
    const PostgresServer server;
    const LocalCluster found = look(server);
    CHECK(found.data_folder == server.data_folder());
    CHECK(found.why_not.empty());
}

TEST_CASE("a role that may not know where the files are is told how it may", "[postgres][backup]") {
    const PostgresServer server;
    server.sql("create role backup login replication");
    CHECK(look(server, "backup").why_not == "the role may not know where the files are (GRANT pg_read_all_settings TO \"backup\")");
    server.sql("grant pg_read_all_settings to backup");
    CHECK(look(server, "backup").data_folder == server.data_folder());
}

TEST_CASE("a folder at the same path that another server has is not taken for this one's", "[postgres][backup]") {
    // As where the server that answers runs elsewhere: here two of them stand in each other's places.
    PostgresServer server, other;
    const std::filesystem::path aside = server.data_folder().string() + ".aside";
    std::filesystem::rename(server.data_folder(), aside);
    std::filesystem::create_directory_symlink(other.data_folder(), server.data_folder());
    const LocalCluster found = look(server);
    std::filesystem::remove(server.data_folder());
    std::filesystem::rename(aside, server.data_folder());
    CHECK(found.data_folder.empty());
    CHECK(found.why_not == "the server does not run on this machine");
}
