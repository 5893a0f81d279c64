#include "engine/wire/evidence_bundle.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/operations/dsse.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

Instant utc_of(std::string_view text) { return parse_rfc3339(text).value(); }

Attestation attested(AttestedKind kind, bool passed) {
    return {.kind = kind, .id = "1", .subject = "recovery point 01a of orders", .digest = std::string(64, 'a'), .passed = passed, .started = utc_of("2026-11-20T12:00:00Z"), .finished = utc_of("2026-11-20T12:01:00Z"),
            .policy_commit = "c0ffee", .policy_hash = std::string(64, 'b'), .runbook = "total-failure", .runbook_hash = std::string(64, 'c'),
            .passed_tests = {"integrity: integrity_check passed"}, .failed_tests = passed ? std::vector<std::string>{} : std::vector<std::string>{"row-counts: bad \xff byte"}, .notes = {{"database", "orders"}}};
}

KeptStatement kept(const Attestation& one, std::string_view signed_at, const SigningKey& key) {
    return {.kind = std::string(name_of(one.kind)), .subject = one.id, .happened = one.finished, .signed_at = utc_of(signed_at), .public_key = key.public_key, .envelope = signed_line(one, utc_of(signed_at), key)};
}

struct Bundled {
    SigningKey key = signing_key_from(Secret(Bytes(32, std::byte{7})));
    SigningKey earlier = signing_key_from(Secret(Bytes(32, std::byte{8})));   // It was replaced after the drill.
    SignedEvidence content{.statements = {kept(attested(AttestedKind::Drill, true), "2026-11-20T12:01:01Z", earlier), kept(attested(AttestedKind::Verification, false), "2026-11-20T12:01:02Z", key),
                                          kept(attested(AttestedKind::Approval, true), "2026-12-20T00:00:00Z", key)},
                           .left_out = {"one thing"}, .audit_sequence = 9, .audit_hash = "beef"};
    std::string text = evidence_bundle(content, {.from = utc_of("2026-10-01T00:00:00Z"), .until = utc_of("2027-01-01T00:00:00Z"), .host = "db1", .version = "0.1.0"}, key);
    BundleReport verify(std::string_view changed) const { return verify_bundle(changed, key.public_key); }
    std::vector<std::string> lines() const { return split(text.substr(0, text.size() - 1), '\n'); }
};

}  // namespace

TEST_CASE("a bundle is verified with nothing but the public key", "[wire][evidence]") {
    const Bundled bundled;
    const BundleReport report = bundled.verify(bundled.text);
    CHECK(report.problems == std::vector<std::string>{});
    CHECK(report.drills == 1);
    CHECK(report.verifications == 1);
    CHECK(report.approvals == 1);
    CHECK(report.failed == 1);
    CHECK(report.keys == 2);
    CHECK(report.late == 1);
    CHECK(report.until == "2027-01-01T00:00:00Z");
    CHECK(report.left_out == std::vector<std::string>{"one thing"});
    CHECK(report.audit_hash == "beef");
    CHECK(to_json(report).find("\"ok\": true") != std::string::npos);
}

TEST_CASE("a flipped bit in any byte of a bundle is seen", "[wire][evidence]") {
    const Bundled bundled;
    for (std::size_t at = 0; at < bundled.text.size(); ++at) {
        std::string changed = bundled.text;
        changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
        INFO("byte " << at);
        REQUIRE_FALSE(bundled.verify(changed).ok());
    }
}

TEST_CASE("a statement that lacks, was added, moved or put twice is seen", "[wire][evidence]") {
    const Bundled bundled;
    const auto joined = [](const std::vector<std::string>& lines) { return join(lines, "\n") + "\n"; };
    for (std::size_t missing = 0; missing < 4; ++missing) {
        auto lines = bundled.lines();
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(missing));
        CHECK_FALSE(bundled.verify(joined(lines)).ok());
    }
    auto moved = bundled.lines();
    std::swap(moved[1], moved[2]);
    CHECK_FALSE(bundled.verify(joined(moved)).ok());
    auto twice = bundled.lines();
    twice.push_back(twice.back());
    CHECK_FALSE(bundled.verify(joined(twice)).ok());
    CHECK_FALSE(bundled.verify(bundled.text + "\n").ok());
    CHECK_FALSE(bundled.verify(bundled.text.substr(0, bundled.text.size() - 1)).ok());
    CHECK_FALSE(bundled.verify("").ok());
    CHECK_FALSE(bundled.verify("{}\n").ok());
}

TEST_CASE("another key does not open a bundle", "[wire][evidence]") {
    const Bundled bundled;
    CHECK_FALSE(verify_bundle(bundled.text, new_signing_key().public_key).ok());
    CHECK(code_thrown_by([&] { verify_bundle(bundled.text, "ed25519:short"); }) == ErrorCode::Usage);
}

TEST_CASE("a statement that was signed with a key for which the first line does not vouch is seen", "[wire][evidence]") {
    Bundled bundled;
    const SigningKey stranger = signing_key_from(Secret(Bytes(32, std::byte{9})));
    bundled.content.statements[1].envelope = signed_line(attested(AttestedKind::Verification, true), utc_of("2026-11-20T12:01:02Z"), stranger);
    const std::string text = evidence_bundle(bundled.content, {.from = utc_of("2026-10-01T00:00:00Z"), .until = utc_of("2027-01-01T00:00:00Z"), .host = "db1", .version = "0.1.0"}, bundled.key);
    CHECK(bundled.verify(text).problems == std::vector<std::string>{"line 3: its signature does not fit the key"});
    // A stranger who vouches for everything is still a stranger.
    const std::string theirs = evidence_bundle(bundled.content, {.from = {}, .until = {}, .host = "db1", .version = "0.1.0"}, stranger);
    CHECK_FALSE(bundled.verify(theirs).ok());
}

TEST_CASE("a statement is in-toto's, in an envelope of DSSE", "[wire][evidence]") {
    const std::string line = Bundled().lines().at(1);
    CHECK(line.find("\"payloadType\":\"application/vnd.in-toto+json\"") != std::string::npos);
    const auto begin = line.find("\"payload\":\"") + 11;
    const auto payload = from_base64(line.substr(begin, line.find('"', begin) - begin));
    REQUIRE(payload);
    const std::string statement(as_text(*payload));
    CHECK(statement.starts_with("{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"recovery point 01a of orders\",\"digest\":{\"sha256\":\"aaaa"));
    CHECK(statement.find("\"predicateType\":\"https://in-toto.io/attestation/test-result/v0.1\"") != std::string::npos);
    CHECK(statement.find("{\"name\":\"policy\",\"digest\":{\"gitCommit\":\"c0ffee\"}}") != std::string::npos);
    CHECK(statement.find("\"result\":\"PASSED\"") != std::string::npos);
    CHECK(statement.find("\"finishedOn\":\"2026-11-20T12:01:00Z\"") != std::string::npos);
    CHECK(statement.find("\"signedOn\":\"2026-11-20T12:01:01Z\"") != std::string::npos);
}
