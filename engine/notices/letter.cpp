#include "engine/notices/letter.hpp"

#include <algorithm>
#include <array>

#include "engine/base/bytes.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kWordBytesMax = 45;        // 60 in base64; an encoded word has 75 at most (RFC 2047, section 2).
constexpr std::size_t kBodyColumns = 76;         // Of base64 (RFC 2045, section 6.8).

// "Tue, 01 Dec 2026 03:21:32 +0000" (RFC 5322, section 3.3).
std::string mail_date(Instant at) {
    static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::weekday weekday(day);
    return fmt::format("{}, {:02} {} {} {} +0000", kDays.at(weekday.c_encoding()), static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
                       static_cast<int>(date.year()), to_rfc3339(at).substr(11, 8));
}

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

// A header's text: as it is, or in encoded words that are cut between characters.
std::string header_text(const std::string& text) {
    if (is_plain(text) && text.size() < 900) return text;
    std::string words;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = std::min(text.size(), begin + kWordBytesMax);
        while (end < text.size() && end > begin + 1 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
        words += fmt::format("{}=?utf-8?B?{}?=", words.empty() ? "" : "\r\n ", to_base64(as_bytes(std::string_view(text).substr(begin, end - begin))));
        begin = end;
    }
    return words;
}

std::string body_of(const Notice& notice, const std::string& host) {
    const Trouble& about = notice.about;
    std::string text = notice_line(notice) + "\n\n";
    if (!about.fix.empty()) text += fmt::format("What to do: {}\n\n", about.fix);
    text += fmt::format("Event:    {}\nSince:    {}\nHost:     {}\nMessage:  {}\n", name_of(about.event), to_rfc3339(about.since), host, notice.id);
    return text;
}

std::string in_lines(const std::string& base64) {
    std::string text;
    for (std::size_t at = 0; at < base64.size(); at += kBodyColumns) text += base64.substr(at, kBodyColumns) + "\r\n";
    return text;
}

// A host's name as the right side of a Message-ID.
std::string id_domain(const std::string& host) {
    std::string domain;
    for (const char c : host) {
        const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (fine) domain += c;
    }
    return domain.empty() ? "localhost" : domain;
}

}  // namespace

std::string mail_of(const Notice& notice, const MailSpec& mail, const std::string& host, Instant now) {
    std::string text;
    text += fmt::format("Date: {}\r\n", mail_date(now));
    text += fmt::format("From: {}\r\n", mail.from);
    text += fmt::format("To: {}\r\n", join(mail.to, ",\r\n "));
    text += fmt::format("Message-ID: <{}@{}>\r\n", notice.id, id_domain(host));
    text += fmt::format("Subject: {}\r\n", header_text(printable(fmt::format("[backup] {}", notice_line(notice)), 160)));
    text += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    return text + in_lines(to_base64(as_bytes(body_of(notice, host))));
}

std::vector<std::string> command_for(const std::vector<std::string>& command, const Notice& notice, const std::string& host) {
    const auto fields = fields_of(notice, host);
    std::vector<std::string> filled;
    for (const std::string& argument : command) {
        std::string text;
        for (std::size_t at = 0; at < argument.size();) {
            const auto field = std::ranges::find_if(fields, [&](const auto& one) { return std::string_view(argument).substr(at).starts_with("{" + one.first + "}"); });
            if (field == fields.end()) {
                text += argument[at++];
                continue;
            }
            // No program takes an argument with a zero byte in it.
            text += printable(field->second, field->second.size() * 4 + 1);
            at += field->first.size() + 2;
        }
        filled.push_back(std::move(text));
    }
    return filled;
}

}  // namespace holdfast
