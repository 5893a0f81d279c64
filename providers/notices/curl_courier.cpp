#include "providers/notices/curl_courier.hpp"

#include <curl/curl.h>

#include <array>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kAnswerBytesMax = 4096;
constexpr std::size_t kAnswerColumns = 200;
constexpr std::size_t kTellingBytes = 6;      // Shorter parts of a URL tell nothing, and are words that an answer may use.

struct ListEnd {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListEnd>;

void append(List& list, const std::string& line) {
    curl_slist* grown = curl_slist_append(list.get(), line.c_str());
    if (grown == nullptr) throw Error(ErrorCode::Internal, "no memory for a message");
    list.release();
    list.reset(grown);
}

// One transfer and what it uses until it ends.
class Transfer {
public:
    Transfer(const std::string& agent, const std::string& ca, Duration timeout, const CancelToken& cancel) : cancel_(cancel) {
        // Once for the process, before any other call (curl_global_init(3)); a function's static is made by one thread alone.
        static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
        handle_ = ready == CURLE_OK ? curl_easy_init() : nullptr;
        if (handle_ == nullptr) throw Error(ErrorCode::Internal, "libcurl cannot be used");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_ERRORBUFFER, problem_.data());
        set(CURLOPT_USERAGENT, agent.c_str());
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 2L);
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        if (!ca.empty()) set(CURLOPT_CAINFO, ca.c_str());
        set(CURLOPT_WRITEFUNCTION, &Transfer::take);
        set(CURLOPT_WRITEDATA, this);
        set(CURLOPT_NOPROGRESS, 0L);
        set(CURLOPT_XFERINFOFUNCTION, &Transfer::go_on);
        set(CURLOPT_XFERINFODATA, this);
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() { curl_easy_cleanup(handle_); }

    template <typename Value>
    void set(CURLoption option, Value value) {
        if (curl_easy_setopt(handle_, option, value) != CURLE_OK) throw Error(ErrorCode::Internal, fmt::format("libcurl refuses option {}", static_cast<int>(option)));
    }
    CURLcode perform() { return curl_easy_perform(handle_); }
    long response() const {
        long code = 0;
        curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &code);
        return code;
    }
    std::string problem(CURLcode code) const { return problem_.front() != '\0' ? std::string(problem_.data()) : std::string(curl_easy_strerror(code)); }
    const std::string& answer() const { return answer_; }

private:
    static std::size_t take(char* bytes, std::size_t size, std::size_t count, void* self) {
        std::string& answer = static_cast<Transfer*>(self)->answer_;
        answer.append(bytes, std::min(size * count, kAnswerBytesMax - std::min(kAnswerBytesMax, answer.size())));
        return size * count;
    }
    static int go_on(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return static_cast<Transfer*>(self)->cancel_.stop_requested() ? 1 : 0; }

    CURL* handle_ = nullptr;
    std::array<char, CURL_ERROR_SIZE> problem_{};
    std::string answer_;
    const CancelToken& cancel_;
};

std::string one_line(const std::string& text) {
    std::string line(trim(text));
    for (char& c : line) c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    return printable(line, kAnswerColumns);
}

std::string text_of(const Secret& secret) { return std::string(as_text(secret.reveal())); }

// Everything after the scheme's "//host:port".
std::string_view path_of(std::string_view url) {
    const auto begin = url.find("://");
    const auto path = url.find_first_of("/?#", begin == std::string_view::npos ? 0 : begin + 3);
    return path == std::string_view::npos ? std::string_view() : url.substr(path);
}

bool is_loopback(std::string_view url) {
    const auto begin = url.find("://");
    if (begin == std::string_view::npos) return false;
    const std::string_view host = url.substr(begin + 3);
    return host.starts_with("localhost") || host.starts_with("127.0.0.1") || host.starts_with("[::1]");
}

// A zero byte would end the URL for libcurl; what follows a blank would be somebody else's line.
bool is_web_url(std::string_view url) {
    const bool plain = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; });
    return plain && (url.starts_with("https://") || url.starts_with("http://"));
}

struct MailText {
    const std::string& text;
    std::size_t at = 0;
    static std::size_t read(char* into, std::size_t size, std::size_t count, void* self) {
        auto& mail = *static_cast<MailText*>(self);
        const std::size_t bytes = std::min(size * count, mail.text.size() - mail.at);
        mail.text.copy(into, bytes, mail.at);
        mail.at += bytes;
        return bytes;
    }
};

}  // namespace

CurlCourier::CurlCourier(std::string version) : agent_("holdfast/" + std::move(version)) {}

Delivery CurlCourier::post(const WebPost& post, const CancelToken& cancel) const {
    std::string url = text_of(post.url);
    Delivery delivery;
    if (!is_web_url(url)) return {.told = false, .answer = "what the secret place holds is no https:// or http:// URL"};
    try {
        Transfer transfer(agent_, post.ca, post.timeout, cancel);
        List headers;
        append(headers, "Content-Type: application/json");
        append(headers, "Idempotency-Key: " + post.id);
        transfer.set(CURLOPT_PROTOCOLS_STR, "https,http");
        transfer.set(CURLOPT_URL, url.c_str());
        if (is_loopback(url)) transfer.set(CURLOPT_NOPROXY, "*");
        transfer.set(CURLOPT_HTTPHEADER, headers.get());
        transfer.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(post.json.size()));
        transfer.set(CURLOPT_POSTFIELDS, post.json.c_str());
        const CURLcode code = transfer.perform();
        const long status = transfer.response();
        if (code != CURLE_OK) {
            delivery.answer = without_secrets_of(transfer.problem(code), url);
        } else {
            delivery.told = status >= 200 && status < 300;
            const std::string said = without_secrets_of(transfer.answer(), url);
            delivery.answer = fmt::format("HTTP {}{}{}", status, status >= 300 && status < 400 ? " (redirections are not followed)" : "", trim(said).empty() ? "" : ": " + said);
        }
    } catch (const Error& error) {
        delivery.answer = error.message;
    }
    wipe_memory(url.data(), url.size());
    delivery.answer = one_line(delivery.answer);
    return delivery;
}

Delivery CurlCourier::mail(const MailPost& mail, const CancelToken& cancel) const {
    Delivery delivery;
    std::string password = text_of(mail.password);
    try {
        Transfer transfer(agent_, mail.ca, mail.timeout, cancel);
        List recipients;
        for (const std::string& to : mail.to) append(recipients, "<" + to + ">");
        MailText text{mail.text};
        transfer.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        transfer.set(CURLOPT_URL, mail.server.c_str());
        if (is_loopback(mail.server)) transfer.set(CURLOPT_NOPROXY, "*");
        transfer.set(CURLOPT_USE_SSL, static_cast<long>(mail.tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
        transfer.set(CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
        transfer.set(CURLOPT_MAIL_RCPT, recipients.get());
        if (!mail.user.empty()) {
            transfer.set(CURLOPT_USERNAME, mail.user.c_str());
            transfer.set(CURLOPT_PASSWORD, password.c_str());
        }
        transfer.set(CURLOPT_UPLOAD, 1L);
        transfer.set(CURLOPT_READFUNCTION, &MailText::read);
        transfer.set(CURLOPT_READDATA, &text);
        const CURLcode code = transfer.perform();
        delivery.told = code == CURLE_OK;
        delivery.answer = delivery.told ? fmt::format("{}: the server took it", transfer.response()) : transfer.problem(code);
        if (!password.empty() && delivery.answer.find(password) != std::string::npos) delivery.answer = "the server's answer repeats the password";
    } catch (const Error& error) {
        delivery.answer = error.message;
    }
    wipe_memory(password.data(), password.size());
    delivery.answer = one_line(delivery.answer);
    return delivery;
}

std::string without_secrets_of(std::string text, std::string_view url) {
    const auto take_out = [&](std::string_view part) {
        for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 3)) text.replace(at, part.size(), "…");
    };
    const std::string_view path = path_of(url);
    if (path.size() > 1) take_out(path);
    for (std::size_t begin = 0; begin < path.size();) {
        const auto end = std::min(path.size(), path.find_first_of("/?#&=;", begin));
        if (end - begin >= kTellingBytes) take_out(path.substr(begin, end - begin));
        begin = end + 1;
    }
    const auto authority = url.find("://");
    const auto at = url.substr(0, url.size() - path.size()).rfind('@');
    if (authority != std::string_view::npos && at != std::string_view::npos && at > authority + 3) take_out(url.substr(authority + 3, at - authority - 3));
    return text;
}

}  // namespace holdfast
