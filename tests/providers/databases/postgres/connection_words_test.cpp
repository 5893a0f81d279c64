#include "providers/databases/postgres/connection_words.hpp"

#include <catch2/catch.hpp>

#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("a connection in the policy holds no password", "[postgres][connection]") {
    CHECK(as_text(connection_words("service=orders").words.reveal()) == "service=orders");
    for (const char* words : {"host=x password=y", "postgresql://u:secret@h/d", "postgresql://h/d?password=secret"}) {
        CAPTURE(words);
        const Error refused = thrown_by([&] { connection_words(words); });
        CHECK(refused.code == ErrorCode::NotPermitted);
        CHECK(refused.message.find("secret") == std::string::npos);
    }
}

TEST_CASE("a connection from the environment is called by its variable", "[postgres][connection]") {
    ::setenv("HOLDFAST_TEST_DSN", "host=x user=y password=secret", 1);
    const ConnectionWords words = connection_words("env:HOLDFAST_TEST_DSN");
    CHECK(words.shown == "env:HOLDFAST_TEST_DSN");
    CHECK(as_text(words.words.reveal()) == "host=x user=y password=secret");
    CHECK(thrown_by([] { connection_words("env:HOLDFAST_NOT_SET"); }).code == ErrorCode::NotPermitted);
}

TEST_CASE("words become an environment for libpq's own programs", "[postgres][connection]") {
    ::setenv("HOLDFAST_TEST_DSN", "postgresql://backup:s%20ecret@db.example.org:5433/orders?sslmode=verify-full", 1);
    const auto environment = environment_of(connection_words("env:HOLDFAST_TEST_DSN"));
    CHECK(environment == std::map<std::string, std::string>{{"PGUSER", "backup"}, {"PGPASSWORD", "s ecret"}, {"PGHOST", "db.example.org"}, {"PGPORT", "5433"}, {"PGDATABASE", "orders"}, {"PGSSLMODE", "verify-full"}});
    CHECK(environment_of(connection_words("service=orders")) == std::map<std::string, std::string>{{"PGSERVICE", "orders"}});
    CHECK(quoted_word("it's \\ here") == "'it\\'s \\\\ here'");
}
