#include "engine/policy/values.hpp"

#include <catch2/catch.hpp>

#include "engine/policy/language.hpp"

namespace holdfast {
namespace {

// The ids of what is wrong with a scalar at a path of the language; plain unless it is given in quotes.
std::vector<Finding> judge(const std::vector<std::string>& path, std::string text) {
    Problems problems;
    SourceTexts sources;
    sources.emplace_back("p.yaml", text);
    const bool quoted = text.size() > 1 && text.front() == '"';
    if (quoted) text = text.substr(1, text.size() - 2);
    const TreeNode node{.kind = TreeNode::Kind::Scalar, .quoted = quoted, .place = {0, 1, 1}, .text = text, .entries = {}};
    check_value(*find_language_key(path), node, path.back(), problems);
    return problems.findings(sources);
}
std::string id_of(const std::vector<std::string>& path, const std::string& text) {
    const auto findings = judge(path, text);
    return findings.empty() ? "fine" : findings.front().id;
}

const std::vector<std::string> kRpo{"environments", "*", "rpo"}, kDaily{"policies", "*", "retention", "daily"}, kAtLeast{"policies", "*", "retention", "at_least"},
    kEncrypted{"environments", "*", "floor", "encrypted"}, kKey{"encryption", "key"}, kConnection{"databases", "*", "connection"}, kUrl{"stores", "*", "url"},
    kCompression{"compression"}, kPublicKey{"people", "*", "public_key"}, kOwner{"databases", "*", "owner"}, kCron{"policies", "*", "backups", "full", "cron"}, kUntil{"waivers", "*", "until"};

TEST_CASE("a duration has a unit", "[policy][values]") {
    CHECK(id_of(kRpo, "15m") == "fine");
    CHECK(id_of(kRpo, "\"1h30m\"") == "fine");
    CHECK(id_of(kRpo, "15") == "bare-number");
    CHECK(judge(kRpo, "15").front().fix == "Write 15s, 15m, 15h, 15d or 15w.");
    CHECK(id_of(kRpo, "1.5h") == "bad-value");
    CHECK(id_of(kRpo, "-1h") == "bad-value");
    CHECK(id_of(kRpo, "0m") == "bad-value");
    CHECK(judge(kRpo, "3mo").front().fix == "Write days, for example 30d.");
    CHECK(id_of({"policies", "*", "backups", "log", "every"}, "200ms") == "bad-value");
}

TEST_CASE("a period may count months", "[policy][values]") {
    CHECK(id_of(kDaily, "3mo") == "fine");
    CHECK(id_of(kDaily, "30d") == "fine");
    CHECK(id_of(kDaily, "1y6mo") == "fine");
    CHECK(judge(kDaily, "30").front().fix == "Write 30s, 30m, 30h, 30d or 30w, or 30mo for calendar months.");
    CHECK(id_of(kDaily, "3 months") == "bad-value");
}

TEST_CASE("a whole number is plain and decimal", "[policy][values]") {
    CHECK(id_of(kAtLeast, "3") == "fine");
    CHECK(id_of(kAtLeast, "0") == "bad-value");
    CHECK(id_of(kAtLeast, "010") == "bad-value");
    CHECK(id_of(kAtLeast, "\"3\"") == "bad-value");
    CHECK(id_of(kAtLeast, "3.0") == "bad-value");
    CHECK(id_of(kAtLeast, "99999999999999") == "bad-value");
}

TEST_CASE("yes and no are true and false", "[policy][values]") {
    CHECK(id_of(kEncrypted, "true") == "fine");
    CHECK(judge(kEncrypted, "no").front().fix == "Write false.");
    CHECK(judge(kEncrypted, "On").front().fix == "Write true.");
    CHECK(id_of(kEncrypted, "\"true\"") == "bad-value");
}

TEST_CASE("a key is named and never given", "[policy][values]") {
    CHECK(id_of(kKey, "\"env:BACKUP_ENCRYPTION_KEY\"") == "fine");
    CHECK(id_of(kKey, "file:/etc/holdfast/key") == "fine");
    CHECK(id_of(kKey, "command:vault read key") == "fine");
    const auto findings = judge(kKey, "correct-horse-battery-staple");
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().id == "secret-in-policy");
    CHECK(findings.front().message.find("horse") == std::string::npos);
    CHECK(findings.front().place->excerpt.find("horse") == std::string::npos);
    CHECK(id_of(kKey, "env:1X") == "secret-in-policy");
}

TEST_CASE("no password stands in a connection or a URL", "[policy][values]") {
    CHECK(id_of(kConnection, "service=orders-prod") == "fine");
    CHECK(id_of(kConnection, "env:ORDERS_DSN") == "fine");
    CHECK(id_of(kConnection, "host=db user=app passfile=/etc/pgpass") == "fine");
    for (const std::string text : {"host=db password=tiger", "Server=db;Pwd=tiger", "postgres://app:tiger@db/orders", "postgresql://db/orders?password=tiger", "host=db sslpassword = tiger"}) {
        const auto findings = judge(kConnection, text);
        REQUIRE(findings.size() == 1);
        CHECK(findings.front().id == "secret-in-policy");
        CHECK((findings.front().message + findings.front().fix + findings.front().place->excerpt).find("tiger") == std::string::npos);
    }
    CHECK(id_of(kUrl, "sftp://backup:tiger@host/x") == "secret-in-policy");
    CHECK(id_of(kUrl, "sftp://backup@host/x") == "fine");
    CHECK(id_of(kUrl, "s3://b/x?secret_key=tiger") == "secret-in-policy");
}

TEST_CASE("a store's URL names a place", "[policy][values]") {
    CHECK(id_of(kUrl, "file:///srv/backups") == "fine");
    CHECK(id_of(kUrl, "file:backups") == "fine");
    CHECK(judge(kUrl, "/srv/backups").front().fix == "Write file:///srv/backups.");
    CHECK(judge(kUrl, "./backups").front().fix == "Write file:./backups.");
    CHECK(id_of(kUrl, "file://srv/backups") == "bad-value");
    CHECK(id_of(kUrl, "file:") == "bad-value");
    CHECK(id_of(kUrl, "s3:") == "bad-value");
}

TEST_CASE("a compression has levels of its own", "[policy][values]") {
    CHECK(parse_compression("zstd:9") == CompressionSpec{CompressionKind::Zstd, 9});
    CHECK(parse_compression("none") == CompressionSpec{CompressionKind::None, std::nullopt});
    CHECK(to_text(*parse_compression("gzip:6")) == "gzip:6");
    for (const std::string text : {"zstd:20", "zstd:0", "gzip:10", "none:1", "zstd:", "lz4"}) CHECK(id_of(kCompression, text) == "bad-value");
    CHECK(judge(kCompression, "zst").front().fix == "Did you mean `zstd`?");
}

TEST_CASE("a public key is 32 bytes and a placeholder only a warning", "[policy][values]") {
    CHECK(id_of(kPublicKey, "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=") == "fine");
    CHECK(id_of(kPublicKey, "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=") == "bad-value");
    CHECK(id_of(kPublicKey, "ed25519:AAAA") == "bad-value");
    CHECK(id_of(kPublicKey, "ssh-ed25519 AAAA") == "bad-value");
    const auto findings = judge(kPublicKey, "\"ed25519:…\"");
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().id == "placeholder-key");
    CHECK(findings.front().severity == Severity::Warning);
}

TEST_CASE("a text that other programs read differently is a warning", "[policy][values]") {
    CHECK(id_of(kOwner, "team-orders") == "fine");
    CHECK(id_of(kOwner, "no") == "ambiguous-text");
    CHECK(id_of(kOwner, "010") == "ambiguous-text");
    CHECK(id_of(kOwner, "\"no\"") == "fine");
}

TEST_CASE("a value holds no control characters", "[policy][values]") {
    CHECK(id_of(kOwner, std::string("\"a\0b\"", 5)) == "bad-value");
    CHECK(id_of(kOwner, "\"a\x1b[31m\"") == "bad-value");
    CHECK(id_of(kOwner, "\"  \"") == "bad-value");
    CHECK(id_of(kOwner, std::string(10'001, 'x')) == "bad-value");
}

TEST_CASE("a cron line's problem points into the line", "[policy][values]") {
    CHECK(id_of(kCron, "\"0 2 * * Mon-Sat\"") == "fine");
    const auto findings = judge(kCron, "\"0 25 * * *\"");
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().id == "bad-cron");
    CHECK(findings.front().place->column == 4);
    CHECK(id_of(kCron, "0 0 31 2 *") == "bad-cron");
}

TEST_CASE("a date is a day that exists", "[policy][values]") {
    CHECK(id_of(kUntil, "2027-01-31") == "fine");
    for (const std::string text : {"2027-02-29", "2027-1-31", "31.01.2027", "2027-01-31T00:00:00Z", "0000-01-01"}) CHECK(id_of(kUntil, text) == "bad-value");
}

TEST_CASE("a name can be part of a path", "[policy][values]") {
    CHECK(is_policy_name("orders-prod"));
    CHECK(is_policy_name("2024_db.main"));
    for (const std::string name : {"", ".", "..", ".x", "-x", "a/b", "a b", "ä"}) CHECK_FALSE(is_policy_name(name));
    CHECK_FALSE(is_policy_name(std::string(101, 'x')));
}

}  // namespace
}  // namespace holdfast
