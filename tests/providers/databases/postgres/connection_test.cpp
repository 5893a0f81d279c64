#include "providers/databases/postgres/connection.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "tests/support/postgres_server.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using Kind = PostgresResult::Kind;

namespace {

PostgresConnection connect(const std::string& words, bool replication = false, const CancelToken& cancel = {}) {
    return PostgresConnection::open(connection_words(words), {.replication = replication}, cancel);
}

}  // namespace

TEST_CASE("statements, notices, copies and replication commands", "[postgres][connection]") {
    PostgresServer server;
    PostgresConnection sql = connect(server.connection());
    CHECK(sql.major() == 15);
    CHECK(sql.user() == "postgres");
    CHECK(sql.by_local_socket());

    const std::vector<std::optional<std::string>> values{"it's; \"so\"", std::nullopt};
    const PostgresResult row = sql.query("select $1::text, $2::text, 42, true, '16/B374D848'::pg_lsn", values);
    CHECK(row.text(0, 0) == "it's; \"so\"");
    CHECK(row.is_null(0, 1));
    CHECK(row.integer(0, 2) == 42);
    CHECK(row.truth(0, 3));
    CHECK(row.lsn(0, 4) == Lsn{0x16B374D848});
    CHECK(thrown_by([&] { row.integer(0, 0); }).code == ErrorCode::Corrupt);
    CHECK(sql.execute("select " + sql.quoted_literal("a'b\\c")).text(0, 0) == "a'b\\c");

    sql.execute("do $$ begin raise warning 'mind the gap'; end $$");
    CHECK(sql.take_notices() == std::vector<std::string>{"mind the gap"});

    // A failure leaves the connection usable.
    CHECK(thrown_by([&] { sql.execute("select 1; select * from nowhere; select 2"); }).code == ErrorCode::Missing);
    CHECK(sql.execute("select 1; select 2").integer(0, 0) == 2);

    CHECK(sql.execute("copy (select generate_series(1, 3)) to stdout").kind() == Kind::CopyOut);
    std::string copied;
    for (CopyMessage message; sql.read_copy(message) == PostgresConnection::CopyRead::Message;) copied += as_text(message.bytes());
    CHECK(copied == "1\n2\n3\n");
    while (sql.next_result().kind() != Kind::None) {}

    PostgresConnection replication = connect(server.connection(), true);
    CHECK(replication.execute("IDENTIFY_SYSTEM").expect(1, 4).text(0, 0) == sql.execute("select system_identifier from pg_control_system()").text(0, 0));
}

TEST_CASE("what waits for the server stops when it is asked to", "[postgres][connection]") {
    PostgresServer server;
    std::stop_source stop;
    PostgresConnection sql = connect(server.connection(), false, stop.get_token());
    std::jthread asks([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        stop.request_stop();
    });
    CHECK(thrown_by([&] { sql.execute("select pg_sleep(30)"); }).code == ErrorCode::Cancelled);
    // The server does not go on with it either.
    PostgresConnection other = connect(server.connection());
    const auto sleeping = [&] { return other.execute("select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'").integer(0, 0); };
    for (int i = 0; i < 200 && sleeping() > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(sleeping() == 0);
}

TEST_CASE("logins that are refused say what to do", "[postgres][connection]") {
    PostgresServer server({.access = "local all postgres trust\nlocal replication postgres trust\nlocal all locked scram-sha-256\nlocal replication plain trust\n"});
    server.sql("create role plain login; create role locked login password 'right'");
    const auto refused = [&](const std::string& words, bool replication = false) { return thrown_by([&] { connect(words, replication); }); };

    CHECK(refused(server.connection("plain"), true).hint == "Let the role replicate: ALTER ROLE \"plain\" REPLICATION;");
    CHECK(refused(server.connection("plain")).hint.find("`local all plain scram-sha-256`") != std::string::npos);
    CHECK(refused(server.connection("postgres", "nowhere")).code == ErrorCode::NotADatabase);
    CHECK(refused("host=/nowhere user=postgres").code == ErrorCode::Unavailable);
    CHECK(refused("service=nowhere").code == ErrorCode::Unavailable);

    TemporaryFolder folder;
    const std::string file = (folder / "dsn").string();
    std::ofstream(file) << server.connection("locked") << " password=wrong\n";
    CHECK(refused("file:" + file).message.find("can be read by others") != std::string::npos);
    ::chmod(file.c_str(), 0600);
    const Error wrong = refused("file:" + file);
    CHECK(wrong.code == ErrorCode::NotPermitted);
    CHECK(wrong.hint.find("~/.pgpass") != std::string::npos);
    CHECK(wrong.message.find("wrong") == std::string::npos);
    std::ofstream(file) << server.connection("locked") << " password=right\n";
    CHECK(connect("file:" + file).user() == "locked");

    // Words from a secret place are never quoted back.
    std::ofstream(file) << "sesame open";
    CHECK(refused("file:" + file).message.find("sesame") == std::string::npos);
}

TEST_CASE("a server that goes away is told from one that refuses", "[postgres][connection]") {
    PostgresServer server;
    PostgresConnection sql = connect(server.connection());
    server.stop(PostgresServer::Stop::Immediate);
    const Error gone = thrown_by([&] { sql.execute("select 1"); });
    CHECK(gone.code == ErrorCode::Unavailable);
    CHECK_FALSE(sql.is_alive());
    server.start();
    CHECK(connect(server.connection()).execute("select 1").integer(0, 0) == 1);
}
