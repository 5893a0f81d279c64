// Against real servers on loopback: HTTP and HTTPS by Python's own, SMTP by aiosmtpd.
#include "providers/notices/curl_courier.hpp"

#include <catch2/catch.hpp>

#include "tests/support/notice_server.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

const CurlCourier kCourier{"0.1.0"};

Delivery post(const std::string& url, const std::string& ca = "", Duration timeout = 10s, const CancelToken& cancel = {}) {
    return kCourier.post({.url = Secret(std::string_view(url)), .json = R"({"text":"the disk is full"})", .id = "01notice", .ca = ca, .timeout = timeout}, cancel);
}

MailPost mail_to(const std::string& server, const std::string& ca = "") {
    MailPost mail;
    mail.server = server;
    mail.from = "backup@example.org";
    mail.to = {"dba@example.org", "boss@example.org"};
    mail.ca = ca;
    mail.text = "Subject: trouble\r\n\r\nfirst line\r\n.a line that begins with a dot\r\n";
    mail.timeout = 10s;
    return mail;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a web hook is posted to over HTTP, with JSON and the message's id", "[notices]") {
    const TemporaryFolder folder;
    const NoticeServer server("http", folder / "hook");
    const Delivery delivery = post(server.url("http", "/hook"));
    CHECK(delivery.told);
    CHECK(has(delivery.answer, "HTTP 200"));
    REQUIRE(server.told().size() == 1);
    CHECK(has(server.told()[0], R"("key": "01notice")"));
    CHECK(has(server.told()[0], R"("type": "application/json")"));
    CHECK(has(server.told()[0], "the disk is full"));
}

TEST_CASE("over HTTPS a server is believed whose certificate was signed by whom the policy trusts", "[notices]") {
    const TemporaryFolder folder;
    const TestCertificate certificate(folder / "tls");
    const NoticeServer server("https", folder / "hook", {"certificate=" + certificate.certificate.string(), "key=" + certificate.key.string()});
    CHECK(post(server.url("https", "/hook"), certificate.certificate).told);
    SECTION("and not one that the system does not know") {
        const Delivery delivery = post(server.url("https", "/hook"));
        CHECK_FALSE(delivery.told);
        CHECK(has(delivery.answer, "certificate"));
        CHECK(server.told().size() == 1);
    }
}

TEST_CASE("a certificate for another name is refused", "[notices]") {
    const TemporaryFolder folder;
    const TestCertificate other(folder / "tls", "other.example");
    const NoticeServer server("https", folder / "hook", {"certificate=" + other.certificate.string(), "key=" + other.key.string()});
    const Delivery delivery = post(server.url("https"), other.certificate);
    CHECK_FALSE(delivery.told);
    CHECK(has(delivery.answer, "SSL"));
    CHECK(server.told().empty());
}

TEST_CASE("a status beyond 2xx means that nobody was told, and redirections are not followed", "[notices]") {
    const TemporaryFolder folder;
    const NoticeServer server("http", folder / "hook", {"answers=500,302,204"});
    CHECK(has(post(server.url("http")).answer, "HTTP 500"));
    const Delivery moved = post(server.url("http"));
    CHECK_FALSE(moved.told);
    CHECK(has(moved.answer, "redirections are not followed"));
    CHECK(post(server.url("http")).told);
}

TEST_CASE("a server that is not there or hangs is given up in time, and on request at once", "[notices]") {
    const TemporaryFolder folder;
    const Delivery refused = post("http://localhost:" + closed_port(folder / "closed") + "/hook");
    CHECK_FALSE(refused.told);
    CHECK(has(refused.answer, "connect"));

    const NoticeServer server("http", folder / "hook", {"answers=hang"});
    const auto began = std::chrono::steady_clock::now();
    CHECK_FALSE(post(server.url("http"), "", 500ms).told);
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(post(server.url("http"), "", 60s, stop.get_token()).told);
    CHECK(std::chrono::steady_clock::now() - began < 30s);
}

TEST_CASE("what a URL holds behind its host is in no answer, though the server repeats it", "[notices]") {
    const TemporaryFolder folder;
    const NoticeServer server("http", folder / "hook", {"answers=500"});
    const Delivery delivery = post(server.url("http", "/services/T0KEN-of-ours?key=tr0ub4dor"));
    CHECK(has(delivery.answer, "said to …"));
    CHECK_FALSE(has(delivery.answer, "T0KEN"));
    CHECK_FALSE(has(delivery.answer, "tr0ub4dor"));
    CHECK(without_secrets_of("no such user ann:s3cret, nor T0KENofours", "https://ann:s3cret@host/x/T0KENofours") == "no such user …, nor …");
}

TEST_CASE("only what is a web URL is posted to", "[notices]") {
    for (const char* text : {"file:///etc/passwd", "ftp://localhost/x", "hunter2", "http://localhost:1/a\nb"}) {
        const Delivery delivery = post(text);
        CHECK_FALSE(delivery.told);
        CHECK_FALSE(has(delivery.answer, text));
    }
}

TEST_CASE("a mail goes over STARTTLS to who signs in, line by line as it was written", "[notices]") {
    const TemporaryFolder folder;
    const TestCertificate certificate(folder / "tls");
    const NoticeServer server("starttls", folder / "mail", {"certificate=" + certificate.certificate.string(), "key=" + certificate.key.string(), "user=backup", "password=c0rrect-horse"});
    MailPost mail = mail_to(server.url("smtp"), certificate.certificate);
    mail.user = "backup";
    mail.password = Secret(std::string_view("c0rrect-horse"));
    const Delivery delivery = kCourier.mail(mail, {});
    INFO(delivery.answer);
    CHECK(delivery.told);
    REQUIRE(server.told().size() == 1);
    CHECK(has(server.told()[0], R"("to": ["dba@example.org", "boss@example.org"])"));
    CHECK(has(server.told()[0], R"("tls": true)"));
    CHECK(has(server.told()[0], R"(first line\r\n.a line that begins with a dot)"));

    mail.password = Secret(std::string_view("wr0ng"));
    const Delivery refused = kCourier.mail(mail, {});
    CHECK_FALSE(refused.told);
    CHECK_FALSE(has(refused.answer, "wr0ng"));
    CHECK(server.told().size() == 1);
}

TEST_CASE("a mail goes over TLS from the beginning", "[notices]") {
    const TemporaryFolder folder;
    const TestCertificate certificate(folder / "tls");
    const NoticeServer server("smtps", folder / "mail", {"certificate=" + certificate.certificate.string(), "key=" + certificate.key.string()});
    CHECK(kCourier.mail(mail_to(server.url("smtps"), certificate.certificate), {}).told);
    CHECK_FALSE(kCourier.mail(mail_to(server.url("smtps")), {}).told);
    CHECK(server.told().size() == 1);
}

TEST_CASE("a server without TLS gets no mail unless it is meant to, and none that it does not take", "[notices]") {
    const TemporaryFolder folder;
    const NoticeServer server("smtp", folder / "mail", {"answers=451,200"});
    MailPost mail = mail_to(server.url("smtp"));
    CHECK_FALSE(kCourier.mail(mail, {}).told);
    CHECK(server.told().empty());
    mail.tls = false;
    const Delivery later = kCourier.mail(mail, {});
    CHECK_FALSE(later.told);
    CHECK(kCourier.mail(mail, {}).told);
}
