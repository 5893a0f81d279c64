#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/checks.hpp"

namespace holdfast {
namespace {

// One way of telling, with the places of its values.
struct WayText {
    const PolicyFolder& folder;
    const NotifySpec& way;
    Problems& problems;

    void report(std::vector<std::string> below, Problems::Text problem) const {
        below.insert(below.begin(), {"notify", way.name});
        problem.subject = way.name;
        problems.add(nearest_place(folder.root, below), std::move(problem));
    }
    std::string path(std::string_view key) const { return fmt::format("`notify.{}.{}`", printable(way.name, 60), key); }
};

// The host in "smtp://host:25" or "http://host/x".
std::string host_of(std::string_view url) {
    const auto begin = url.find("://");
    if (begin == std::string_view::npos) return {};
    const std::string_view authority = url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - begin - 3);
    if (authority.starts_with('[')) return std::string(authority.substr(0, authority.find(']') + 1));
    return std::string(authority.substr(0, authority.find(':')));
}

bool is_this_machine(std::string_view url) {
    const std::string host = host_of(url);
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

// "{severity}": lower-case letters in braces. Other braces are the command's own.
void check_placeholders(const WayText& text) {
    const auto& known = notice_placeholders();
    for (std::size_t i = 0; i < text.way.command.size(); ++i) {
        const std::string& argument = text.way.command[i];
        for (std::size_t open = argument.find('{'); open != std::string::npos; open = argument.find('{', open + 1)) {
            const auto end = argument.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
            if (end == std::string::npos || argument[end] != '}' || end == open + 1) continue;
            const std::string word = argument.substr(open + 1, end - open - 1);
            if (std::ranges::find(known, word) != known.end()) continue;
            std::string fix = text.problems.did_you_mean(word, known);
            if (fix.empty()) fix = fmt::format("Known: {}.", join(known, ", "));
            text.report({"command", std::to_string(i)}, {.id = "unknown-placeholder", .message = fmt::format("{}: nothing is filled in for `{{{}}}`", text.path("command"), printable(word, 60)), .fix = fix});
        }
    }
    if (!text.way.command.empty() && text.way.command.front().find('{') != std::string::npos) {
        text.report({"command", "0"}, {.id = "bad-value", .message = fmt::format("{}: the program itself is not filled in", text.path("command")), .fix = "Name the program; placeholders are for its arguments."});
    }
}

void check_mail(const WayText& text, const MailSpec& mail) {
    if (mail.user.empty() != !mail.password) {
        const bool no_user = mail.user.empty();
        text.report({"mail", no_user ? "password" : "user"}, {.id = "missing-key", .message = fmt::format("{} has a `{}` and no `{}`", text.path("mail"), no_user ? "password" : "user", no_user ? "user" : "password"),
                                                              .fix = no_user ? "Add `user: …`, or take the password away." : "Add `password: \"env:SMTP_PASSWORD\"`, or take the user away."});
    }
    if (mail.tls) return;
    if (mail.server.starts_with("smtps://")) {
        text.report({"mail", "tls"}, {.id = "conflicting-keys", .message = fmt::format("{} is without TLS to a server of `smtps://`", text.path("mail.tls")), .fix = "Remove `tls: none`."});
    } else if (mail.password) {
        text.report({"mail", "tls"}, {.id = "secret-in-clear", .message = fmt::format("{}: the password would be sent in clear", text.path("mail.tls")), .fix = "Remove `tls: none`, or `user` and `password`."});
    } else if (!is_this_machine(mail.server)) {
        text.report({"mail", "tls"}, {.id = "secret-in-clear", .message = fmt::format("{}: everybody on the way to {} could read and change the mail", text.path("mail.tls"), printable(host_of(mail.server), 60)),
                                      .fix = "Remove `tls: none`; it is for a server on this machine (smtp://localhost)."});
    }
}

}  // namespace

void check_notify(const PolicyFolder& folder, Problems& problems) {
    for (const NotifySpec& way : folder.policy.notify) {
        const WayText text{folder, way, problems};
        check_placeholders(text);
        if (way.mail) check_mail(text, *way.mail);
        if (way.url.starts_with("http://") && !is_this_machine(way.url)) {
            text.report({"url"}, {.id = "plain-http", .message = fmt::format("{}: everybody on the way to {} can read and change what is posted", text.path("url"), printable(host_of(way.url), 60)),
                                  .fix = "Write https://….", .severity = Severity::Warning});
        }
        if (!way.ca.empty() && !way.command.empty()) {
            text.report({"ca"}, {.id = "conflicting-keys", .message = fmt::format("{} is for `url` and `mail`; a command looks after itself", text.path("ca")), .fix = "Remove it."});
        }
    }
}

}  // namespace holdfast
