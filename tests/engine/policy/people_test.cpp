#include <catch2/catch.hpp>

#include "tests/engine/policy/policy_text.hpp"

namespace holdfast {
namespace {

using List = std::vector<std::string>;

LoadedPolicy with_waiver(const std::string& waiver, const std::string& today = "2026-11-20T12:00:00Z") {
    PolicyParts parts;
    parts.more =
        "people:\n"
        "  ann: { public_key: \"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\", roles: [operator] }\n"
        "  bob: { public_key: \"ed25519:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=\", roles: [approver] }\n"
        "waivers:\n  - { check: COPY-SITES, because: a reason, " + waiver + " }\n";
    LoadOptions options = whole_build();
    options.today = *parse_rfc3339(today);
    return load_policy_text("p.yaml", policy_of(parts), options);
}

TEST_CASE("a waiver that somebody else approved for a while is fine", "[policy][waivers]") {
    CHECK(ids_in(with_waiver("asked_by: ann, approved_by: bob, until: 2027-01-31")) == List{});
}

TEST_CASE("a waiver lasts at most 180 days", "[policy][waivers]") {
    CHECK(ids_in(with_waiver("asked_by: ann, approved_by: bob, until: 2027-05-19")) == List{});
    const LoadedPolicy loaded = with_waiver("asked_by: ann, approved_by: bob, until: 2027-05-20");
    REQUIRE(ids_in(loaded) == List{"waiver-too-long"});
    CHECK(loaded.findings.front().fix == "End it on 2027-05-19 at the latest; it can be renewed then.");
}

TEST_CASE("a waiver ends at midnight UTC", "[policy][waivers]") {
    const std::string waiver = "asked_by: ann, approved_by: bob, until: 2026-11-20";
    CHECK(ids_in(with_waiver(waiver, "2026-11-19T23:59:59Z")) == List{});
    CHECK(ids_in(with_waiver(waiver, "2026-11-20T00:00:00Z")) == List{"waiver-ended"});
    CHECK(with_waiver(waiver).usable());
}

TEST_CASE("nobody approves the waiver that they asked for", "[policy][waivers]") {
    CHECK(ids_in(with_waiver("asked_by: bob, approved_by: bob, until: 2027-01-31")) == List{"waiver-self-approved"});
}

TEST_CASE("an approver has the role", "[policy][waivers]") {
    CHECK(ids_in(with_waiver("asked_by: bob, approved_by: ann, until: 2027-01-31")) == List{"waiver-not-approver"});
}

TEST_CASE("a waiver needs an end and a reason", "[policy][waivers]") {
    CHECK(ids_in(with_waiver("asked_by: ann, approved_by: bob")) == List{"missing-key"});
    PolicyParts parts;
    parts.more = "waivers: [{ check: COPY-SITES }]\n";
    CHECK(ids_in(load_parts(parts)) == List{"missing-key", "missing-key", "missing-key", "missing-key"});
}

TEST_CASE("two people do not share a key", "[policy][people]") {
    PolicyParts parts;
    parts.more =
        "people:\n"
        "  ann: { public_key: \"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\", roles: [approver] }\n"
        "  bob: { public_key: \"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\", roles: [approver] }\n";
    CHECK(ids_in(load_parts(parts)) == List{"same-key"});
}

}  // namespace
}  // namespace holdfast
