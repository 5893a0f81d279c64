#include "providers/databases/postgres/failure.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a missing right comes with the statement that grants it", "[postgres][failure]") {
    const PostgresAsker backup{"backup", false};
    CHECK(postgres_failure("42501", "permission denied for function pg_backup_start", backup).hint ==
          "Grant it as an administrator: GRANT EXECUTE ON FUNCTION \"pg_backup_start\" TO \"backup\";");
    CHECK(postgres_failure("42501", "permission denied for table orders", backup).hint == "Grant it as an administrator: GRANT SELECT ON \"orders\" TO \"backup\";");
    CHECK(postgres_failure("42501", "must be superuser or replication role to start walsender", {"backup", true}).hint ==
          "Let the role replicate: ALTER ROLE \"backup\" REPLICATION;");
    CHECK(postgres_failure("42501", "keine Berechtigung", backup).code == ErrorCode::NotPermitted);
}

TEST_CASE("a refused login says what lets it in", "[postgres][failure]") {
    const auto no_entry = connect_failure(
        "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  28000: no pg_hba.conf entry for host \"127.0.0.1\", user \"backup\"\nLOCATION:  x, auth.c:600\n",
        {"backup", true});
    CHECK(no_entry.code == ErrorCode::NotPermitted);
    CHECK(no_entry.sqlstate == "28000");
    CHECK(no_entry.message == "no pg_hba.conf entry for host \"127.0.0.1\", user \"backup\"");
    CHECK(no_entry.hint.find("`host replication backup samehost scram-sha-256`") != std::string::npos);

    const auto unknown = connect_failure("failed: FATAL:  28000: role \"backup\" does not exist\n", {"backup", true});
    CHECK(unknown.hint == "Make the role: CREATE ROLE \"backup\" LOGIN REPLICATION;");
    CHECK(connect_failure("failed: SCHWERWIEGEND:  28P01: Passwort falsch\n", {"backup", false}).hint.find("~/.pgpass") != std::string::npos);
    CHECK(connect_failure("failed: fe_sendauth: no password supplied", {"backup", false}).code == ErrorCode::NotPermitted);
}

TEST_CASE("a server that is away is unavailable", "[postgres][failure]") {
    const auto away = connect_failure("connection to server on socket \"/x/.s.PGSQL.5432\" failed: No such file or directory\n\tIs the server running?", {"u", false});
    CHECK(away.code == ErrorCode::Unavailable);
    CHECK(away.message.find('\n') == std::string::npos);
    CHECK(away.hint.find("pg_isready") != std::string::npos);
}

TEST_CASE("the code of a failure follows from the server's", "[postgres][failure]") {
    struct Row { const char* sqlstate; ErrorCode code; };
    for (const Row& row : {Row{"53100", ErrorCode::DiskFull}, Row{"53300", ErrorCode::Busy}, Row{"57P03", ErrorCode::Unavailable}, Row{"57014", ErrorCode::Cancelled},
                           Row{"XX001", ErrorCode::Corrupt}, Row{"42710", ErrorCode::AlreadyExists}, Row{"3D000", ErrorCode::NotADatabase},
                           Row{"55006", ErrorCode::Busy}, Row{"ZZZZZ", ErrorCode::Internal}}) {
        CAPTURE(row.sqlstate);
        CHECK(postgres_failure(row.sqlstate, "x", {}).code == row.code);
    }
}

TEST_CASE("a name is quoted whole", "[postgres][failure]") { CHECK(quote_name("a\"; drop table x; --") == "\"a\"\"; drop table x; --\""); }
