#include "engine/policy/secret_words.hpp"

#include <catch2/catch.hpp>

namespace holdfast {
namespace {

TEST_CASE("names of secrets are recognised whatever is around them", "[policy][secrets]") {
    for (const std::string word : {"password", "DB_PASSWORD", "sslpassword", "AccessKey", "api-token", "passphrase"}) CHECK(is_secret_name(word));
    for (const std::string word : {"passfile", "path", "owner", "key_every", "retention"}) CHECK_FALSE(is_secret_name(word));
}

TEST_CASE("a password in a URL stands between a colon and an at sign", "[policy][secrets]") {
    CHECK(has_password_in_url("sftp://me:word@host/x"));
    CHECK_FALSE(has_password_in_url("sftp://me@host:22/x"));
    CHECK_FALSE(has_password_in_url("https://host/a:b@c"));
    CHECK_FALSE(has_password_in_url("host=db"));
}

TEST_CASE("a secret setting is found among others", "[policy][secrets]") {
    CHECK(has_secret_setting("host=db password=x"));
    CHECK(has_secret_setting("Server=db; PWD = x;"));
    CHECK(has_secret_setting("s3://b/x?region=eu&secret_key=x"));
    CHECK(has_secret_setting("azure://b/x?sig=x"));
    CHECK_FALSE(has_secret_setting("service=orders-prod"));
    CHECK_FALSE(has_secret_setting("host=db passfile=/etc/pgpass sslkey=/etc/key.pem"));
    CHECK_FALSE(has_secret_setting("password"));
}

}  // namespace
}  // namespace holdfast
