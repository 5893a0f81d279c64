#include "engine/notices/letter.hpp"

#include <catch2/catch.hpp>

#include "engine/base/bytes.hpp"
#include "tests/support/catalog_values.hpp"

using namespace holdfast;

namespace {

Notice notice_of(std::string message, NoticeState state = NoticeState::Trouble) {
    return {.id = "01notice", .way = "on-call", .state = state,
            .about = {.event = NoticeEvent::BackupFailed, .severity = Severity::Error, .subject = "orders", .part = "full", .message = std::move(message), .fix = "Look.", .since = instant_of("2026-12-01T03:21:32Z")},
            .made = instant_of("2026-12-01T03:21:32Z"), .attempts = 0, .next_try = {}, .last_error = {}};
}

}  // namespace

TEST_CASE("each placeholder is filled in within its own argument", "[notices]") {
    const Notice notice = notice_of("$(rm -rf /) {event}; `x`");
    CHECK(command_for({"/bin/page", "--severity", "{severity}", "{database}: {message}", "{\"a\": 1}", "{nothing}"}, notice, "db1") ==
          std::vector<std::string>{"/bin/page", "--severity", "error", "orders: $(rm -rf /) {event}; `x`", "{\"a\": 1}", "{nothing}"});
    CHECK(command_for({"x", "{state} {event} {since} {host} {id} {fix}"}, notice, "db1")[1] == "trouble backup_failed 2026-12-01T03:21:32Z db1 01notice Look.");
}

TEST_CASE("a mail has the headers of one, and no value can add another", "[notices]") {
    MailSpec mail;
    mail.from = "backup@example.org";
    mail.to = {"a@example.org", "b@example.org"};
    const std::string text = mail_of(notice_of("full\r\nBcc: eve@example.org"), mail, "db 1\r\n", instant_of("2026-12-01T03:21:32Z"));
    CHECK(text.starts_with("Date: Tue, 01 Dec 2026 03:21:32 +0000\r\nFrom: backup@example.org\r\nTo: a@example.org,\r\n b@example.org\r\nMessage-ID: <01notice@db1>\r\n"
                           "Subject: [backup] error: orders: full"));
    CHECK(text.find("\nBcc") == std::string::npos);
    CHECK(text.find("\r\nAuto-Submitted: auto-generated\r\n") != std::string::npos);
    const std::string body = text.substr(text.find("\r\n\r\n") + 4);
    std::string base64;
    for (const char c : body) base64 += c == '\r' || c == '\n' ? "" : std::string(1, c);
    const auto decoded = from_base64(base64);
    REQUIRE(decoded);
    CHECK(std::string(as_text(*decoded)).find("What to do: Look.\n") != std::string::npos);
}

TEST_CASE("a subject beyond ASCII is encoded, cut between characters, in words that are short enough", "[notices]") {
    MailSpec mail;
    mail.from = "a@example.org";
    mail.to = {"b@example.org"};
    const std::string text = mail_of(notice_of("die Platte ist voll: größer als 100 €, größer als 100 €, größer als 100 €"), mail, "db1", instant_of("2026-12-01T03:21:32Z"));
    const auto begin = text.find("Subject: ") + 9;
    const std::string subject = text.substr(begin, text.find("\r\nAuto", begin) - begin);
    std::string words;
    for (std::size_t at = 0; at < subject.size();) {
        const auto end = subject.find("?=", at + 10);
        REQUIRE(end != std::string::npos);
        CHECK(end + 2 - at <= 75);
        words += as_text(*from_base64(subject.substr(at + 10, end - at - 10)));
        at = end + 2 + (end + 2 < subject.size() ? 3 : 0);
    }
    CHECK(words.starts_with("[backup] error: orders: die Platte ist voll: größer als 100 €, größer"));
}
