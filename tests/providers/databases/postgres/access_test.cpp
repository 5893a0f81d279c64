// Who may do what on a real server, and what is said where something is missing: the statement or the line that mends it.
#include <catch2/catch.hpp>

#include <random>

#include "engine/base/format.hpp"
#include "engine/base/process.hpp"
#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/wal_receiver.hpp"
#include "tests/support/cluster_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

void must(const std::vector<std::string>& argv) {
    const ProcessResult result = run_process(argv, {});
    INFO(result.errors);
    REQUIRE(result.ok());
}

// A cluster that is backed up by a role of its own.
class GuardedCluster : public ClusterFixture {
public:
    explicit GuardedCluster(const std::string& access, std::vector<std::string> settings = {}) : ClusterFixture({.settings = std::move(settings), .access = access}) {
        server->sql("create table orders (id int primary key); insert into orders values (1); create role backup login");
        spec().connection = server->connection("backup");
    }
    Error refused() { return thrown_by([&] { back_up(); }); }
};

constexpr const char* kAdministrators = "local all postgres trust\nlocal replication postgres trust\n";

// A certificate authority, and a server's certificate for a name.
class Certificates {
public:
    Certificates(const fs::path& folder, const std::string& name) : folder_(folder) {
        make_authority("ca");
        make_authority("other");
        std::vector<std::string> argv = request("server", name);
        argv.insert(argv.end(), {"-addext", "subjectAltName=DNS:" + name, "-CA", path("ca.crt"), "-CAkey", path("ca.key")});
        must(argv);
        give_to_server(folder);
    }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    std::vector<std::string> settings() const { return {"ssl=on", "ssl_cert_file=" + path("server.crt"), "ssl_key_file=" + path("server.key")}; }

private:
    void make_authority(const std::string& name) const {
        std::vector<std::string> argv = request(name, name);
        argv.insert(argv.end(), {"-addext", "keyUsage=critical,keyCertSign"});
        must(argv);
    }
    std::vector<std::string> request(const std::string& file, const std::string& name) const {
        return {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", path(file + ".key"), "-out", path(file + ".crt")};
    }
    fs::path folder_;
};

// Port 5432 of it is nobody else's.
std::string some_loopback_address() {
    std::random_device random;
    std::uniform_int_distribution<int> part(1, 250);
    return fmt::format("127.{}.{}.{}", part(random), part(random), part(random));
}

}  // namespace

TEST_CASE("a pg_hba.conf that does not admit the role is named with the line that does", "[postgres][access]") {
    GuardedCluster cluster(kAdministrators);
    cluster.server->sql("alter role backup replication");
    const Error closed = cluster.refused();
    CHECK(closed.code == ErrorCode::NotPermitted);
    CHECK(closed.hint.find("`local replication backup scram-sha-256`") != std::string::npos);
    CHECK(closed.hint.find("pg_reload_conf()") != std::string::npos);
    CHECK(cluster.catalog->points(cluster.spec().name).empty());
}

TEST_CASE("a line of pg_hba.conf that rejects is told from one that is missing by nobody, and neither tells the password", "[postgres][access]") {
    GuardedCluster cluster(std::string(kAdministrators) + "local replication backup reject\nlocal all backup scram-sha-256\n");
    cluster.server->sql("alter role backup replication password 'sesame'");
    const Error rejected = cluster.refused();
    CHECK(rejected.code == ErrorCode::NotPermitted);
    CHECK(rejected.hint.find("pg_hba.conf") != std::string::npos);
    const fs::path words = cluster.folder / "words";
    write_file_durably(words, as_bytes(cluster.server->connection("backup") + " password=open"));
    cluster.spec().connection = "file:" + words.string();
    const Error wrong = thrown_by([&] { PostgresConnection::open(connection_words(cluster.spec().connection), {}, {}); });
    CHECK(wrong.code == ErrorCode::NotPermitted);
    CHECK(wrong.hint.find("~/.pgpass") != std::string::npos);
    CHECK((wrong.message + wrong.hint).find("open") == std::string::npos);
}

TEST_CASE("each right that a role lacks is named with the statement that grants it, and granting it is enough", "[postgres][access]") {
    GuardedCluster cluster("local all all trust\nlocal replication all trust\n");
    PostgresServer& server = *cluster.server;
    PostgresProvider provider;
    const Place live = live_place_of(cluster.spec());
    const auto mend = [&](const Error& error) {
        INFO(error.message << " / " << error.hint);
        CHECK(error.code == ErrorCode::NotPermitted);
        const auto at = error.hint.find(": ");
        REQUIRE(at != std::string::npos);
        server.sql(error.hint.substr(at + 2));   // The hint is a statement that can be run as it is.
    };
    mend(cluster.refused());
    CHECK(cluster.back_up().point.kind == BackupKind::Full);

    const auto read = [&] {
        const auto reader = provider.read_rows(live);
        for (const TableShape& table : reader->tables()) {
            if (table.name == "orders") reader->rows(table)->next();
        }
    };
    mend(thrown_by(read));
    read();
    mend(thrown_by([&] { provider.promote(server.connection("backup"), {}); PostgresConnection::open(connection_words(server.connection("backup")), {}, {}).execute("select pg_promote(false)"); }));
    CHECK(thrown_by([&] { PostgresConnection::open(connection_words(server.connection("backup")), {}, {}).execute("select pg_promote(false)"); }).code == ErrorCode::Unavailable);   // It is no standby.
}

TEST_CASE("a server is trusted by its certificate and its name alone where the connection says verify-full", "[postgres][access]") {
    GuardedCluster cluster(std::string(kAdministrators) + "hostssl all backup 127.0.0.0/8 scram-sha-256\nhostssl replication backup 127.0.0.0/8 scram-sha-256\n");
    cluster.server->sql("alter role backup replication password 'sesame'");
    const Certificates certificates(cluster.server->make_folder("certificates"), "db.holdfast.test");
    const std::string address = some_loopback_address();
    std::vector<std::string> settings = certificates.settings();
    settings.push_back("listen_addresses=" + address);
    cluster.server->restart(settings);

    const fs::path words = cluster.folder / "words";
    cluster.spec().connection = "file:" + words.string();
    const auto say = [&](const std::string& name, const std::string& authority, const std::string& mode = "verify-full") {
        write_file_durably(words, as_bytes(fmt::format("host={} hostaddr={} port=5432 user=backup password=sesame dbname=postgres sslmode={} sslrootcert={}", name, address, mode, certificates.path(authority))));
    };
    say("db.holdfast.test", "ca.crt");
    CHECK(cluster.back_up().point.kind == BackupKind::Full);

    say("other.holdfast.test", "ca.crt");
    const Error name = cluster.refused();
    CHECK(name.code == ErrorCode::Unavailable);
    CHECK(name.message.find("db.holdfast.test") != std::string::npos);
    CHECK(name.hint == "Check sslmode, sslrootcert and the names in the server's certificate.");

    say("db.holdfast.test", "other.crt");
    const Error authority = cluster.refused();
    CHECK(authority.code == ErrorCode::Unavailable);
    CHECK(authority.message.find("certificate verify failed") != std::string::npos);
    CHECK(authority.hint == name.hint);

    say("db.holdfast.test", "ca.crt", "disable");   // The server wants it encrypted.
    const Error plain = cluster.refused();
    CHECK(plain.code == ErrorCode::NotPermitted);
    CHECK(plain.message.find("no encryption") != std::string::npos);
    for (const Error& error : {name, authority, plain}) CHECK((error.message + error.hint).find("sesame") == std::string::npos);
}
