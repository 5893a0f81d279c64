// Telling what is wrong with the real program and real servers on loopback.
#include "tests/end_to_end/program_in_folder.hpp"
#include "tests/support/notice_server.hpp"
#include "tests/support/workshop.hpp"

using namespace holdfast;

namespace {

constexpr const char* kSecretPath = "/services/T0KEN-of-the-hook";

class ToldHouse : public ProgramInFolder {
public:
    TestCertificate certificate{folder / "tls"};

    std::vector<std::string> tls() const { return {"certificate=" + certificate.certificate.string(), "key=" + certificate.key.string()}; }
    // `ways`: lines below `notify:`. The night begins, and the database is not there.
    void set_up(const std::string& ways) {
        environment["HOLDFAST_NOW"] = "2026-11-20T12:00:00Z";
        make_house();
        write("policies/notify.yaml", "version: 1\nnotify:\n" + ways);
        must({"tick"});
        std::filesystem::rename(database(), folder / "gone.db");
        environment["HOLDFAST_NOW"] = "2026-11-22T12:00:00Z";
    }
    void mend(const std::string& now) {
        std::filesystem::rename(folder / "gone.db", database());
        environment["HOLDFAST_NOW"] = now;
    }
    // Nothing in the state folder holds it.
    void check_not_in_state(const std::string& secret) const {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / ".holdfast")) {
            if (!entry.is_regular_file()) continue;
            INFO(entry.path());
            CHECK(bytes_of_file(entry.path()).find(secret) == std::string::npos);
        }
    }
};

}  // namespace

TEST_CASE_METHOD(ToldHouse, "a hook that answers 500 is told on the next try, once, and of the end as well", "[end_to_end][notices]") {
    auto options = tls();
    options.emplace_back("answers=500,200");
    const NoticeServer hook("https", folder / "hook", options);
    environment["HOOK"] = hook.url("https", kSecretPath);
    set_up("  hook: { url: \"env:HOOK\", ca: \"" + certificate.certificate.string() + "\", on: [backup_failed] }\n");
    const ProcessResult first = run({"tick"});
    CHECK(first.exit_status == 69);
    CHECK((first.output + first.errors).find("not told: hook: HTTP 500") != std::string::npos);
    CHECK((first.output + first.errors).find("T0KEN") == std::string::npos);
    environment["HOLDFAST_NOW"] = "2026-11-22T12:00:30Z";
    run({"tick"});
    CHECK(hook.told().size() == 1);
    environment["HOLDFAST_NOW"] = "2026-11-22T12:01:30Z";
    run({"tick"});
    const std::size_t told = hook.told().size();
    REQUIRE(told >= 2);
    run({"tick"});
    CHECK(hook.told().size() == told);
    CHECK(json_at(hook.told()[0], "$.key") == json_at(hook.told()[1], "$.key"));
    const std::string body = json_at(hook.told()[1], "$.body");
    CHECK(json_at(body, "$.event") == "backup_failed");
    CHECK(json_at(body, "$.state") == "trouble");
    CHECK(json_at(body, "$.database") == "orders");
    CHECK(json_at(body, "$.text").starts_with("error: orders: the "));
    mend("2026-11-22T12:02:00Z");
    must({"backup", "now", "orders"});
    must({"tick"});
    REQUIRE(hook.told().size() > told);
    CHECK(json_at(json_at(hook.told().back(), "$.body"), "$.state") == "over");
    check_not_in_state("T0KEN");
}

TEST_CASE_METHOD(ToldHouse, "a mail goes out with STARTTLS, and its password is nowhere", "[end_to_end][notices]") {
    auto options = tls();
    options.insert(options.end(), {"user=backup", "password=c0rrect-horse"});
    const NoticeServer mail("starttls", folder / "mail", options);
    environment["SMTP_PASSWORD"] = "c0rrect-horse";
    set_up("  dba: { mail: { server: \"" + mail.url("smtp") + "\", from: backup@example.org, to: [dba@example.org], user: backup, password: \"env:SMTP_PASSWORD\" }, ca: \"" +
           certificate.certificate.string() + "\", on: [backup_failed] }\n");
    const std::string tested = must({"notify", "test", "dba"});
    CHECK(tested.find("told dba (smtp://localhost:" + mail.port() + "): 250: the server took it\n") != std::string::npos);
    run({"tick"});
    REQUIRE(mail.told().size() == 2);
    CHECK(json_at(mail.told()[1], "$.tls") == "1");
    const std::string text = json_at(mail.told()[1], "$.text");
    CHECK(text.find("Subject: [backup] error: orders: the ") != std::string::npos);
    check_not_in_state("c0rrect");
}

TEST_CASE_METHOD(ToldHouse, "servers that refuse, hang or show a wrong certificate delay no backup, and say so", "[end_to_end][notices]") {
    const TestCertificate other(folder / "tls", "other.example");
    const NoticeServer wrong("https", folder / "wrong", {"certificate=" + other.certificate.string(), "key=" + other.key.string()});
    environment["HOLDFAST_NOW"] = "2026-11-20T12:00:00Z";
    make_house();
    write("hang.sh", "#!/bin/sh\nexec sleep 600\n");
    std::filesystem::permissions(folder / "hang.sh", std::filesystem::perms::owner_all);
    write("policies/notify.yaml", "version: 1\nnotify:\n  refused: { url: \"http://localhost:" + closed_port(folder / "closed") + "\", on: [backup_failed] }\n  wrong: { url: \"" + wrong.url("https") + "\", ca: \"" +
                                      other.certificate.string() + "\", on: [backup_failed] }\n");
    for (const char* way : {"refused", "wrong"}) {
        const ProcessResult test = run({"notify", "test", way});
        INFO(way << test.output << test.errors);
        CHECK(test.exit_status == 69);
        CHECK(test.output.find("not told " + std::string(way)) != std::string::npos);
    }
    must({"tick"});
    CHECK(wrong.told().empty());
}
