#include <catch2/catch.hpp>

#include "tests/support/catalog_values.hpp"
#include "tests/support/open_catalog.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

Trouble trouble_of(std::string subject) {
    return {.event = NoticeEvent::SpaceLow, .severity = Severity::Warning, .subject = std::move(subject), .part = "p", .message = "m", .fix = "f", .since = instant_of("2026-11-20T11:00:00Z")};
}
Notice notice_of(std::string id, Instant now) {
    return {.id = std::move(id), .way = "on-call", .state = NoticeState::Trouble, .about = trouble_of("local"), .made = now, .attempts = 0, .next_try = now, .last_error = {}};
}

}  // namespace

TEST_CASE("what was told and what is on its way is read back as it was put", "[catalog][notices]") {
    OpenCatalog f;
    const ToldTrouble told{.way = "on-call", .about = trouble_of("local"), .told = f.clock.now()};
    const Notice first = notice_of("b", f.clock.now()), second = notice_of("a", f.clock.now());
    f.catalog->change_notices({.add = {first, second}, .drop = {}, .told = {told}, .forget = {}});
    CHECK(f.catalog->told_troubles() == std::vector{told});
    CHECK(f.catalog->notices() == std::vector{first, second});

    f.catalog->notice_failed("b", f.clock.now() + 1min, "HTTP 500");
    CHECK(f.catalog->notices()[0].attempts == 1);
    CHECK(f.catalog->notices()[0].next_try == f.clock.now() + 1min);
    CHECK(f.catalog->notices()[0].last_error == "HTTP 500");
    f.catalog->notice_sent("b");
    f.catalog->change_notices({.add = {}, .drop = {"a"}, .told = {}, .forget = {{"on-call", told.about.key()}}});
    CHECK(f.catalog->notices().empty());
    CHECK(f.catalog->told_troubles().empty());
}

TEST_CASE("of one trouble a way was told one thing last", "[catalog][notices]") {
    OpenCatalog f;
    ToldTrouble told{.way = "on-call", .about = trouble_of("local"), .told = f.clock.now()};
    f.catalog->change_notices({.add = {}, .drop = {}, .told = {told}, .forget = {}});
    told.about.severity = Severity::Error;
    f.catalog->change_notices({.add = {}, .drop = {}, .told = {told}, .forget = {}});
    CHECK(f.catalog->told_troubles() == std::vector{told});
}

TEST_CASE("the first statement of one thing stays", "[catalog][evidence]") {
    OpenCatalog f;
    KeptStatement one{.kind = "drill", .subject = "01d", .happened = f.clock.now(), .signed_at = f.clock.now() + 1s, .public_key = "ed25519:x", .envelope = "{}"};
    f.catalog->keep_statement(one);
    KeptStatement other = one;
    other.envelope = "{\"changed\":1}";
    f.catalog->keep_statement(other);
    CHECK(f.catalog->statements(f.clock.now() - 1s, f.clock.now()) == std::vector{one});
    CHECK(f.catalog->statements(f.clock.now(), f.clock.now() + 1h).empty());
    CHECK(f.catalog->has_statement("drill", "01d"));
    CHECK_FALSE(f.catalog->has_statement("approval", "01d"));
}
