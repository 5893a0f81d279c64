#include "engine/model/notice.hpp"

#include <catch2/catch.hpp>

#include "tests/support/catalog_values.hpp"

using namespace holdfast;

namespace {

Notice notice_of(std::string message, NoticeState state = NoticeState::Trouble) {
    return {.id = "01notice", .way = "on-call", .state = state,
            .about = {.event = NoticeEvent::BackupFailed, .severity = Severity::Error, .subject = "orders", .part = "full", .message = std::move(message), .fix = "Look.", .since = instant_of("2026-12-01T03:21:32Z")},
            .made = instant_of("2026-12-01T03:21:32Z"), .attempts = 0, .next_try = {}, .last_error = {}};
}

}  // namespace

TEST_CASE("a notice is one line, whatever its words hold", "[notices]") {
    CHECK(notice_line(notice_of("the disk is full")) == "error: orders: the disk is full");
    CHECK(notice_line(notice_of("the disk is full", NoticeState::Reminder)) == "error: still: orders: the disk is full");
    CHECK(notice_line(notice_of("the disk is full", NoticeState::Over)) == "over: orders: the disk is full");
    CHECK(notice_line(notice_of("a\r\nBcc: x@y")).find('\n') == std::string::npos);
}

TEST_CASE("the same trouble has the same key, whatever its words are by now", "[model][notices]") {
    CHECK(notice_of("a").about.key() == "backup_failed/orders/full");
    CHECK(notice_of("a").about.key() == notice_of("b").about.key());
}

TEST_CASE("a message's fields are those that placeholders name, in their order", "[model][notices]") {
    const auto fields = fields_of(notice_of("the disk is full"), "db1");
    REQUIRE(fields.size() == notice_placeholders().size());
    for (std::size_t i = 0; i < fields.size(); ++i) CHECK(fields[i].first == notice_placeholders()[i]);
    CHECK(fields[4] == std::pair<std::string, std::string>("message", "the disk is full"));
}
