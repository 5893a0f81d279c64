#include <catch2/catch.hpp>

#include "engine/cli/markup.hpp"
#include "engine/cli/report_html.hpp"
#include "engine/cli/show_compliance.hpp"
#include "tests/support/command_fixture.hpp"
#include "tests/support/golden.hpp"

using namespace holdfast;

TEST_CASE_METHOD(CommandFixture, "comply check shows what falls short, in every format", "[cli][comply]") {
    set_up();
    const Ran ran = run({"comply", "check"});
    CHECK(ran.status == 1);
    CHECK(ran.says("policy.yaml:7:"));
    CHECK(ran.says("[COPY-COUNT]"));
    CHECK(ran.says("orders: nothing of it can be brought back: it has no backup [RPO-NOW]"));
    CHECK(ran.says("not ok: "));
    CHECK(run({"comply", "check", "--format", "junit"}).says("<testcase classname=\"RPO-NOW\""));
    CHECK(run({"comply", "check", "--format", "sarif"}).says("\"ruleId\": \"COPY-COUNT\""));
    CHECK(run({"comply", "check", "--format", "sarif"}).says("\"text\": \"orders: there is 1 copy"));
    CHECK(run({"comply", "check", "--format", "json"}).says("\"kind\": \"compliance\""));
    CHECK(run({"comply", "check", "--frame", "3-2-1-1-0"}).says("NOT MET"));
}

TEST_CASE_METHOD(CommandFixture, "what is said of a past time outlives the expiry of all that it is about, byte for byte", "[cli][comply][history]") {
    set_up();
    for (int day = 0; day < 8; ++day) {
        REQUIRE(run({"backup", "now", "orders"}).status == 0);
        clock.advance(std::chrono::days(1));
    }
    const std::string past = "2026-11-27 18:00";
    const auto said = [&] {
        std::string all;
        for (const char* format : {"text", "json", "sarif"}) all += run({"comply", "check", "--as-of", past, "--format", format}).out;
        for (const char* format : {"text", "json"}) all += run({"timeline", "--as-of", past, "--svg", "line.svg", "--format", format}).out;
        run({"comply", "report", "--as-of", past, "--html", "report.html"});
        return all + text_of_file(folder / "report.html") + text_of_file(folder / "line.svg");
    };
    const std::string before = said();
    CHECK(before.find("\"kind\": \"compliance\"") != std::string::npos);
    clock.advance(std::chrono::days(400));
    for (int day = 0; day < 3; ++day) {
        REQUIRE(run({"backup", "now", "orders"}).status == 0);
        clock.advance(std::chrono::days(1));
    }
    REQUIRE(run({"expire", "--yes"}).status == 0);
    CHECK_FALSE(run({"catalog", "list"}).says("2026-11-2"));
    CHECK(said() == before);
    const Ran expired = run({"catalog", "expired"});
    CHECK(expired.says("2026-11-27 13:00:00"));
    CHECK(expired.says("retention of policy nightly keeps it no longer"));
    CHECK(run({"catalog", "expired", "--format", "json"}).says("\"gone_at\": \"2028-01-05T12:00:00Z\""));
    REQUIRE(run({"catalog", "rebuild"}).status == 0);
    CHECK(said() == before);
}

TEST_CASE_METHOD(CommandFixture, "a waiver takes a finding out, with its reason", "[cli][comply]") {
    set_up("people:\n"
           "  ann: { public_key: \"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\", roles: [operator] }\n"
           "  bob: { public_key: \"ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\", roles: [approver] }\n"
           "waivers:\n"
           "  - { check: COPY-COUNT, database: orders, because: made anew every night, asked_by: ann, approved_by: bob, until: 2027-01-31 }\n");
    const Ran ran = run({"comply", "check"});
    CHECK(ran.says("waived until 2027-01-31: COPY-COUNT orders (made anew every night)"));
    CHECK_FALSE(ran.says("[COPY-COUNT]"));
    clock.advance(std::chrono::days(90));
    CHECK(run({"comply", "check"}).says("[WAIVER-EXPIRED]"));
    CHECK(run({"comply", "check"}).says("[COPY-COUNT]"));
}

TEST_CASE_METHOD(CommandFixture, "the report is Markdown, or one page that needs nothing beside it", "[cli][comply]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    const Ran markdown = run({"comply", "report", "--frame", "soc2"});
    CHECK(markdown.says("# Backup compliance\n"));
    CHECK(markdown.says("| A1.2 | not-met |"));
    CHECK(run({"comply", "report", "--html", "report.html"}).says("The report is in report.html."));
    const std::string page = text_of_file(folder / "report.html");
    CHECK(page.starts_with("<!DOCTYPE html>"));
    CHECK(page.find("<svg") != std::string::npos);
    CHECK(page.find("prefers-color-scheme: dark") != std::string::npos);
    CHECK(page.find("COPY-COUNT") != std::string::npos);
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("src=") == std::string::npos);
}

TEST_CASE_METHOD(CommandFixture, "checks and frames are listed", "[cli][comply]") {
    set_up();
    CHECK(run({"comply", "checks"}).says("COPY-SITES"));
    CHECK(run({"comply", "frames"}).says("aws-backup-audit-manager        11  "));
    CHECK(run({"comply", "checks", "--format", "json"}).says("\"judged_by\": \"present\""));
    CHECK(run({"comply", "frames", "--format", "json"}).says("\"kind\": \"frameworks\""));
}

TEST_CASE_METHOD(CommandFixture, "points are found by the policy under which they were made", "[cli][provenance]") {
    set_up();
    REQUIRE(run({"backup", "now", "orders"}).status == 0);
    CHECK(run({"catalog", "list", "--policy-commit", "none"}).says("full"));
    CHECK_FALSE(run({"catalog", "list", "--policy-commit", "3f9c1d2"}).says("full"));
    CHECK(run({"catalog", "list", "--policy-commit", "main"}).status == 64);
    CHECK_FALSE(run({"catalog", "list", "--old-rules"}).says("full"));
    std::string text = policy_text();
    text.replace(text.find("daily: 30d"), 10, "daily: 10d");
    write("policies/policy.yaml", text);
    CHECK(run({"catalog", "list", "--old-rules"}).says("full"));
}

TEST_CASE("text is no markup", "[cli][comply]") { CHECK(markup_escaped("<b a=\"1\">&\x07") == "&lt;b a=&quot;1&quot;&gt;&amp; "); }

TEST_CASE_METHOD(CommandFixture, "a diff needs git", "[cli][diff]") {
    set_up();
    const Ran ran = run({"policy", "diff", "main..HEAD"});
    CHECK(ran.status == 64);
    CHECK(ran.complains("git knows no commit main"));
}

TEST_CASE_METHOD(CommandFixture, "what is checked, proved and reported is written the same, byte for byte", "[cli][comply][golden]") {
    set_up();
    const std::string as_of = "2026-11-20T11:00:00Z";
    check_golden("cli/comply_check.txt", run({"comply", "check", "--as-of", as_of}).out);
    check_golden("cli/comply_report.md", run({"comply", "report", "--as-of", as_of, "--frame", "soc2"}).out);
    check_golden("cli/policy_prove.txt", run({"policy", "prove", "--as-of", as_of}).out);
    check_golden("cli/policy_prove.md", run({"policy", "prove", "--as-of", as_of, "--format", "markdown"}).out);
    check_golden("cli/comply_check.sarif", run({"comply", "check", "--as-of", as_of, "--format", "sarif"}).out);
}
