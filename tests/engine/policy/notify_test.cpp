#include <catch2/catch.hpp>

#include "engine/policy/checks.hpp"
#include "engine/policy/effective.hpp"
#include "tests/engine/policy/policy_text.hpp"

namespace holdfast {
namespace {

LoadedPolicy with_notify(const std::string& lines) { return load_parts({.more = "notify:\n" + lines}); }

std::string first_of(const std::string& lines) {
    for (const Finding& finding : with_notify(lines).findings) {
        if (finding.severity != Severity::Note) return finding.id + ": " + finding.message + " | " + finding.fix;
    }
    return {};
}

}  // namespace

TEST_CASE("the three ways of telling are read", "[policy][notify]") {
    const LoadedPolicy loaded = with_notify(
        "  page: { command: [\"/bin/page\", \"{severity}\"], on: [backup_failed], remind_every: 2h }\n"
        "  hook: { url: \"env:HOOK\", ca: our.pem, on: [key_due, space_low] }\n"
        "  mail: { mail: { server: \"smtp://mail.example.org:587\", from: b@example.org, to: [a@example.org], user: b, password: \"file:smtp-password\" }, on: [approval_needed] }\n");
    REQUIRE(loaded.usable());
    const auto& ways = loaded.policy.notify;
    REQUIRE(ways.size() == 3);
    CHECK(ways[0].remind_every == std::chrono::hours(2));
    CHECK(ways[1].remind_every == std::chrono::hours(24));
    CHECK(ways[1].url_from == SecretSource{SecretKind::Environment, "HOOK"});
    CHECK(ways[1].url.empty());
    CHECK(ways[1].ca.ends_with("/our.pem"));
    CHECK(ways[1].ca.starts_with("/"));
    CHECK(ways[1].on == std::vector{NoticeEvent::KeyDue, NoticeEvent::SpaceLow});
    REQUIRE(ways[2].mail);
    CHECK(ways[2].mail->tls);
    CHECK(ways[2].mail->password->value.starts_with("/"));
    const std::string text = effective_text(loaded.policy);
    CHECK(text.find("notify.hook.url = env:HOOK\n") != std::string::npos);
    CHECK(text.find("notify.mail.mail.server = smtp://mail.example.org:587\n") != std::string::npos);
}

TEST_CASE("what is wrong with a way of telling is said with the way out", "[policy][notify]") {
    const std::string mail = "{ server: \"smtp://mail.example.org\", from: b@example.org, to: [a@example.org]";
    CHECK(first_of("  x: { command: [\"/bin/page\"], on: [backup_faild] }\n").ends_with("| Did you mean `backup_failed`?"));
    CHECK(first_of("  x: { command: [\"/bin/page\", \"{severty}\"], on: [key_due] }\n").starts_with("unknown-placeholder: `notify.x.command`: nothing is filled in for `{severty}`"));
    CHECK(first_of("  x: { command: [\"/bin/page\", \"{severty}\"], on: [key_due] }\n").ends_with("| Did you mean `severity`?"));
    CHECK(first_of("  x: { command: [\"/bin/page\", '{\"a\": 1}'], on: [key_due] }\n").empty());
    CHECK(first_of("  x: { command: [\"{event}\"], on: [key_due] }\n").find("the program itself is not filled in") != std::string::npos);
    CHECK(first_of("  x: { url: \"mailto:a@example.org\", on: [key_due] }\n").find("Write `mail: { server: …") != std::string::npos);
    CHECK(first_of("  x: { url: \"https://hooks.example.org/x?token=abc\", on: [key_due] }\n").starts_with("secret-in-policy"));
    CHECK(first_of("  x: { url: \"http://hooks.example.org/x\", on: [key_due] }\n").starts_with("plain-http: "));
    CHECK(first_of("  x: { url: \"http://localhost:8080/x\", on: [key_due] }\n").empty());
    CHECK(first_of("  x: { mail: " + mail + ", user: b }, on: [key_due] }\n").starts_with("missing-key: `notify.x.mail` has a `user` and no `password`"));
    CHECK(first_of("  x: { mail: " + mail + ", password: \"env:P\" }, on: [key_due] }\n").starts_with("missing-key: `notify.x.mail` has a `password` and no `user`"));
    CHECK(first_of("  x: { mail: " + mail + ", tls: none }, on: [key_due] }\n").starts_with("secret-in-clear: "));
    CHECK(first_of("  x: { mail: { server: \"smtp://localhost\", from: b@example.org, to: [a@example.org], tls: none }, on: [key_due] }\n").empty());
    CHECK(first_of("  x: { mail: { server: \"imap://localhost\", from: b@example.org, to: [a@example.org] }, on: [key_due] }\n").find("is no mail server") != std::string::npos);
    CHECK(first_of("  x: { mail: { server: \"smtp://localhost\", from: \"Bob <b@example.org>\", to: [a@example.org] }, on: [key_due] }\n").find("is no mail address") != std::string::npos);
    CHECK(first_of("  x: { command: [\"/bin/page\"], ca: x.pem, on: [key_due] }\n").starts_with("conflicting-keys"));
}

TEST_CASE("a password in the place of a mail's password is never shown", "[policy][notify]") {
    const LoadedPolicy loaded = with_notify("  x: { mail: { server: \"smtp://localhost\", from: b@example.org, to: [a@example.org], user: b, password: \"hunter2-of-ours\" }, on: [key_due] }\n");
    CHECK_FALSE(loaded.usable());
    for (const Finding& finding : loaded.findings) {
        CHECK((finding.message + finding.fix + (finding.place ? finding.place->excerpt : "")).find("hunter2") == std::string::npos);
    }
}

}  // namespace holdfast
