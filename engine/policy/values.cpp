#include "engine/policy/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/secret_words.hpp"
#include "engine/policy/sources.hpp"
#include "engine/schedule/cron.hpp"
#include "engine/schedule/zone.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kTextBytesMax = 10'000;
constexpr std::size_t kNameBytesMax = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_lower(c) || is_upper(c); }
bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

std::string shown(std::string_view text) { return printable(text, 60); }

// "Write true or false.", with an example where that helps.
std::string expected_of(const LanguageKey& key) {
    const std::string wanted = describe(key);
    const bool shown_already = key.example.empty() || wanted.find(key.example) != std::string::npos;
    return fmt::format("Write {}{}.", wanted, shown_already ? "" : ", for example " + key.example);
}

// One scalar under its key, while it is judged.
struct Scalar {
    const LanguageKey& key;
    const TreeNode& node;
    const std::string& path;
    Problems& problems;

    const std::string& text() const { return node.text; }
    void report(std::string id, std::string message, std::string fix) const {
        problems.add(node.place, {.id = std::move(id), .message = std::move(message), .fix = std::move(fix)});
    }
    void bad(std::string_view why, std::string fix) const {
        report("bad-value", fmt::format("`{}`: `{}` {}", path, shown(text()), why), std::move(fix));
    }
    // Says what is wrong without repeating the value or its line.
    void bad_and_secret(std::string message, std::string fix) const {
        problems.withhold(node.place);
        report("secret-in-policy", fmt::format("`{}` {}", path, message), std::move(fix));
    }
    std::string expected() const { return expected_of(key); }
};

// ---- durations and periods ----

void check_span(const Scalar& value) {
    const std::string& text = value.text();
    const bool months = value.key.kind == ValueKind::Span;
    if (all_digits(text)) {
        value.report("bare-number", fmt::format("`{}`: `{}` has no unit", value.path, shown(text)),
                     fmt::format("Write {0}s, {0}m, {0}h, {0}d or {0}w{1}.", shown(text), months ? fmt::format(", or {}mo for calendar months", shown(text)) : ""));
        return;
    }
    const auto period = parse_period(text);
    if (!months && period && period->months != 0) {
        value.bad("counts months, which differ in length", "Write days, for example 30d.");
    } else if (!period) {
        const bool fraction = text.find('.') != std::string::npos;
        value.bad(fmt::format("is not {}", describe(value.key)), fraction ? "Use a smaller unit in place of a fraction: 90m for 1.5h." : value.expected());
    } else if (period->is_zero()) {
        value.bad("is no time at all", value.expected());
    } else if (longest(*period) < std::chrono::seconds(value.key.least)) {
        value.bad("is too short", fmt::format("Write at least {}s.", value.key.least));
    }
}

// ---- numbers and words ----

void check_whole(const Scalar& value) {
    const std::string& text = value.text();
    if (value.node.quoted) return value.bad("is a text, because it is in quotes", "Remove the quotes.");
    if (text.size() > 1 && text.front() == '0' && all_digits(text)) return value.bad("begins with a zero, which some programs read as octal", "Remove the zero in front.");
    const auto number = parse_whole(text);
    if (!number) return value.bad(fmt::format("is not {}", describe(value.key)), value.expected());
    if (*number < value.key.least || *number > value.key.most) {
        value.bad(value.path == "version" ? "is a version of the language that this build does not know" : fmt::format("is not {}", describe(value.key)), value.expected());
    }
}

void check_yes_no(const Scalar& value) {
    if (!value.node.quoted && (value.text() == "true" || value.text() == "false")) return;
    const std::string word = lowered(value.text());
    const bool yes = word == "yes" || word == "on" || word == "true" || word == "y" || word == "1";
    const bool no = word == "no" || word == "off" || word == "false" || word == "n" || word == "0";
    value.bad("is neither true nor false", yes ? "Write true." : no ? "Write false." : value.expected());
}

void check_word(const Scalar& value) {
    if (std::ranges::find(value.key.words, value.text()) != value.key.words.end()) return;
    std::string meant = value.problems.did_you_mean(value.text(), value.key.words);
    value.bad(fmt::format("is not {}", value.key.kind == ValueKind::Word ? describe(value.key) : "one of " + join(value.key.words, ", ")),
              meant.empty() ? fmt::format("Write one of {}.", join(value.key.words, ", ")) : meant);
}

void check_text(const Scalar& value) {
    if (value.node.quoted) return;
    static const std::set<std::string, std::less<>> kSwitches{"yes", "no", "on", "off", "y", "n", "true", "false"};
    const std::string& text = value.text();
    const bool number = std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.' || c == ':' || c == '_' || c == '-' || c == '+'; });
    if (!number && !kSwitches.contains(lowered(text))) return;
    value.problems.add(value.node.place, {.id = "ambiguous-text", .message = fmt::format("`{}`: other YAML programs read `{}` as something else than a text", value.path, shown(text)),
                                          .fix = "Put it in quotes.", .severity = Severity::Warning});
}

// ---- schedules ----

void check_cron_line(const Scalar& value) {
    const auto problem = check_cron(value.text());
    if (!problem) return;
    TextPlace at = value.node.place;
    // In quotes the line begins one column later; in a block it is elsewhere, and the key's place must do.
    at.column += problem->column - 1 + (value.node.quoted ? 1 : 0);
    value.problems.add(at, {.id = "bad-cron", .message = fmt::format("`{}`: in `{}` {}", value.path, shown(value.text()), problem->reason), .fix = problem->fix});
}

void check_zone(const Scalar& value) {
    if (zone_exists(value.text())) return;
    const std::string meant = value.problems.did_you_mean(value.text(), zone_names());
    value.report("unknown-zone", fmt::format("`{}`: there is no time zone `{}`", value.path, shown(value.text())),
                 meant.empty() ? "Use an IANA name such as Europe/Berlin or UTC." : meant);
}

// ---- places and secrets ----

bool is_variable_name(std::string_view name) {
    return !name.empty() && !is_digit(name.front()) && std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

void check_path(const Scalar& value) {
    if (value.text().starts_with('~')) value.bad("begins with ~, which only a shell understands", "Write the whole path.");
}

constexpr std::string_view kNoSecretsHere = "Take the secret out of the file (and change it: it may be in a history by now). ";

void check_store_url(const Scalar& value) {
    const std::string& url = value.text();
    if (has_password_in_url(url) || has_secret_setting(url)) {
        return value.bad_and_secret("holds a password or key", fmt::format("{}Stores take credentials from their own tools' files or variables.", kNoSecretsHere));
    }
    const auto colon = url.find(':');
    const std::string scheme = url.substr(0, colon);
    const bool well_formed = colon != std::string::npos && !scheme.empty() && is_lower(scheme.front()) &&
                             std::ranges::all_of(scheme, [](char c) { return is_lower(c) || is_digit(c) || c == '+' || c == '-'; });
    if (!well_formed) {
        const bool path = url.starts_with('/') || url.starts_with('.');
        return value.bad("is not a URL", path ? fmt::format("Write file:{}{}.", url.starts_with('/') ? "//" : "", shown(url)) : value.expected());
    }
    const std::string rest = url.substr(colon + 1);
    if (scheme == "file") {
        if (rest.starts_with("//") && !rest.starts_with("///")) value.bad("names a host", fmt::format("Write file:///… for a whole path, or file:{} for one beside the policy folder.", shown(rest.substr(2))));
        else if (rest.empty() || rest == "///" || rest == "/") value.bad("names no folder", value.expected());
    } else if (!rest.starts_with("//") || rest.size() < 3) {
        value.bad("names no place after its scheme", fmt::format("Write {}://….", scheme));
    }
}

void check_connection(const Scalar& value) {
    const std::string& text = value.text();
    if (has_password_in_url(text) || has_secret_setting(text)) {
        return value.bad_and_secret("holds a password", fmt::format("{}Name the place of the whole connection instead: env:NAME or file:PATH.", kNoSecretsHere));
    }
    if (text.starts_with("env:") && !is_variable_name(text.substr(4))) value.bad("does not name an environment variable", "Write env: and the variable's name, for example env:ORDERS_DSN.");
    if (text == "file:") value.bad("names no file", "Write file: and the file's path.");
}

void check_url(const Scalar& value) {
    const std::string& url = value.text();
    if (has_password_in_url(url) || has_secret_setting(url)) return value.bad_and_secret("holds a password or token", fmt::format("{}Use a command that reads it from elsewhere.", kNoSecretsHere));
    if (url.starts_with("mailto:")) return value.bad("says not which server takes the mail", "Write `mail: { server: …, from: …, to: […] }` in place of `url`.");
    if (parse_secret_source(url)) return;
    const bool known = (url.starts_with("https://") && url.size() > 8) || (url.starts_with("http://") && url.size() > 7);
    if (!known || url.find(' ') != std::string::npos) value.bad("is not a URL that can be posted to", value.expected());
}

bool is_host_and_port(std::string_view text) {
    const std::string_view port = text.rfind(':') == std::string_view::npos ? "0" : text.substr(text.rfind(':') + 1);
    const std::string_view host = text.substr(0, text.rfind(':'));
    return !host.empty() && all_digits(port) && port.size() <= 5 && std::ranges::all_of(host, [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; });
}

void check_mail_server(const Scalar& value) {
    const std::string& text = value.text();
    if (has_password_in_url(text)) return value.bad_and_secret("holds a password", fmt::format("{}Say where it is: `password: \"env:SMTP_PASSWORD\"`.", kNoSecretsHere));
    for (const std::string_view scheme : {"smtp://", "smtps://"}) {
        if (text.starts_with(scheme) && is_host_and_port(std::string_view(text).substr(scheme.size()))) return;
    }
    value.bad("is no mail server", value.expected());
}

// What stands in a header and in a command to the server as it is: nothing that could end either.
void check_address(const Scalar& value) {
    const std::string& text = value.text();
    const auto at = text.find('@');
    const bool fine = at != std::string::npos && at > 0 && at + 1 < text.size() && text.rfind('@') == at && text.size() <= 254 &&
                      std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || std::string_view("@.!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos; });
    if (!fine) value.bad("is no mail address", "Write name@host, without a display name: dba@example.org.");
}

void check_secret(const Scalar& value) {
    if (parse_secret_source(value.text())) return;
    const bool variable = value.text().starts_with("env:");
    if (variable || value.text().starts_with("file:") || value.text().starts_with("command:")) {
        return value.bad_and_secret(variable ? "does not name an environment variable" : "names no place", value.expected());
    }
    value.bad_and_secret("must say where the key is, not what it is", fmt::format("Write {}.", describe(value.key)));
}

void check_compression(const Scalar& value) {
    if (parse_compression(value.text())) return;
    const std::string kind = value.text().substr(0, value.text().find(':'));
    static const std::vector<std::string> kKinds{"zstd", "gzip", "none"};
    const bool known = std::ranges::find(kKinds, kind) != kKinds.end();
    const std::string meant = known ? "" : value.problems.did_you_mean(kind, kKinds);
    value.bad(known ? "has a level that its kind does not have" : "is not a compression", meant.empty() ? "Write zstd, zstd:1 to zstd:19, gzip, gzip:1 to gzip:9, or none." : meant);
}

void check_public_key(const Scalar& value) {
    const std::string& text = value.text();
    constexpr std::string_view kPrefix = "ed25519:";
    if (!text.starts_with(kPrefix)) return value.bad("is not an ed25519 key", value.expected());
    std::string_view body = std::string_view(text).substr(kPrefix.size());
    if (body.empty() || body == "…" || body == "...") {
        value.problems.add(value.node.place, {.id = "placeholder-key", .message = fmt::format("`{}` stands for a key that is still to come: this person can approve nothing", value.path),
                                              .fix = "Put the person's public key here: ed25519: and 32 bytes in base64.", .severity = Severity::Warning});
        return;
    }
    while (body.ends_with('=')) body.remove_suffix(1);
    const bool base64 = std::ranges::all_of(body, [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; });
    // 32 bytes are 43 characters; the last of them carries four bits.
    const bool whole = body.size() == 43 && std::string_view("AEIMQUYcgkosw048").find(body.back()) != std::string_view::npos;
    if (!base64 || !whole) value.bad("is not 32 bytes in base64", value.expected());
}

void check_check_id(const Scalar& value) {
    const std::string& text = value.text();
    const bool fine = is_upper(text.front()) && std::ranges::all_of(text, [](char c) { return is_upper(c) || is_digit(c) || c == '-'; });
    if (!fine) value.bad("is not a check's id", value.expected());
}

void check_date(const Scalar& value) {
    if (!parse_policy_date(value.text())) value.bad("is not a date", value.expected());
}

void check_name(const Scalar& value) {
    if (!is_policy_name(value.text())) value.bad("cannot be a name", "Names have letters, digits, `.`, `_` and `-`, and begin with a letter or digit.");
}

// ---- any scalar ----

void check_scalar_kind(const Scalar& value) {
    switch (value.key.kind) {
        case ValueKind::Elapsed:
        case ValueKind::Span: return check_span(value);
        case ValueKind::Whole: return check_whole(value);
        case ValueKind::YesNo: return check_yes_no(value);
        case ValueKind::Word:
        case ValueKind::Words: return check_word(value);
        case ValueKind::Text:
        case ValueKind::Texts:
        case ValueKind::Command: return check_text(value);
        case ValueKind::CronLine: return check_cron_line(value);
        case ValueKind::Zone: return check_zone(value);
        case ValueKind::Path: return check_path(value);
        case ValueKind::StoreUrl: return check_store_url(value);
        case ValueKind::Connection: return check_connection(value);
        case ValueKind::Url: return check_url(value);
        case ValueKind::MailServer: return check_mail_server(value);
        case ValueKind::Address:
        case ValueKind::Addresses: return check_address(value);
        case ValueKind::SecretPlace: return check_secret(value);
        case ValueKind::Compression: return check_compression(value);
        case ValueKind::Map:   // A list of names in place of a map.
        case ValueKind::Reference:
        case ValueKind::References: return check_name(value);
        case ValueKind::Date: return check_date(value);
        case ValueKind::PublicKey: return check_public_key(value);
        case ValueKind::CheckId: return check_check_id(value);
        case ValueKind::Names:
        case ValueKind::List: return;
    }
}

bool is_plain_text(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F; });
}

void check_scalar(const Scalar& value) {
    if (!value.node.is_scalar()) {
        const bool nothing = value.node.kind == TreeNode::Kind::Nothing;
        value.report("bad-value", fmt::format("`{}` {}", value.path, nothing ? "has no value" : value.node.is_map() ? "is a map" : "is a list"), value.expected());
        return;
    }
    if (trim(value.text()).empty()) return value.report("bad-value", fmt::format("`{}` is empty", value.path), value.expected());
    if (value.text().size() > kTextBytesMax) return value.bad(fmt::format("has {}", format_bytes(value.text().size())), fmt::format("At most {} are allowed.", format_bytes(kTextBytesMax)));
    if (!is_plain_text(value.text()) || !is_utf8(value.text())) return value.bad("holds a control character", "Remove it.");
    const bool other_word = value.key.kind != ValueKind::Words && std::ranges::find(value.key.words, value.text()) != value.key.words.end();
    if (!other_word) check_scalar_kind(value);
}

bool is_list_kind(const LanguageKey& key) {
    return key.kind == ValueKind::Words || key.kind == ValueKind::Texts || key.kind == ValueKind::Addresses || key.kind == ValueKind::References || key.kind == ValueKind::Command || key.kind == ValueKind::Map;
}

void check_list(const LanguageKey& key, const TreeNode& node, const std::string& path, Problems& problems) {
    if (!node.is_list() || node.entries.empty()) {
        const std::string what = node.is_list() ? "is an empty list" : node.is_scalar() ? "is not a list" : node.is_map() ? "is a map" : "has no value";
        const std::string fix = node.is_scalar() && node.text.size() < 60 && key.kind != ValueKind::Command ? fmt::format("Write [{}].", printable(node.text))
                                : expected_of(key);
        problems.add(node.place, {.id = "bad-value", .message = fmt::format("`{}` {}", path, what), .fix = fix});
        return;
    }
    std::set<std::string_view> seen;
    for (const TreeEntry& item : node.entries) {
        check_scalar({key, item.value, path, problems});
        if (key.kind == ValueKind::Command || !item.value.is_scalar() || seen.insert(item.value.text).second) continue;
        problems.add(item.value.place, {.id = "duplicate-name", .message = fmt::format("`{}` names `{}` twice", path, shown(item.value.text)), .fix = "Remove one of them."});
    }
}

std::optional<int> level_within(std::string_view text, int least, int most) {
    const auto level = parse_whole(text);
    return level && *level >= least && *level <= most ? level : std::nullopt;
}

}  // namespace

void check_value(const LanguageKey& key, const TreeNode& node, const std::string& path, Problems& problems) {
    if (is_list_kind(key)) check_list(key, node, path, problems);
    else check_scalar({key, node, path, problems});
}

std::optional<std::chrono::sys_days> parse_policy_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = text.substr(0, 4), month = text.substr(5, 2), day = text.substr(8, 2);
    if (!all_digits(year) || !all_digits(month) || !all_digits(day)) return std::nullopt;
    const auto number = [](std::string_view digits) {
        int value = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return value;
    };
    const std::chrono::year_month_day date(std::chrono::year(number(year)), std::chrono::month(static_cast<unsigned>(number(month))),
                                           std::chrono::day(static_cast<unsigned>(number(day))));
    if (!date.ok() || number(year) < 1970) return std::nullopt;
    return std::chrono::sys_days(date);
}

std::optional<SecretSource> parse_secret_source(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view kind = text.substr(0, colon), place = trim(text.substr(colon + 1));
    if (place.empty()) return std::nullopt;
    if (kind == "env") return is_variable_name(place) ? std::optional(SecretSource{SecretKind::Environment, std::string(place)}) : std::nullopt;
    if (kind == "file") return SecretSource{SecretKind::File, std::string(place)};
    if (kind == "command") return SecretSource{SecretKind::Command, std::string(place)};
    return std::nullopt;
}

std::optional<CompressionSpec> parse_compression(std::string_view text) {
    const auto colon = text.find(':');
    const std::string_view kind = text.substr(0, colon);
    const bool leveled = colon != std::string_view::npos;
    if (kind == "none") return leveled ? std::nullopt : std::optional(CompressionSpec{CompressionKind::None, std::nullopt});
    const bool zstd = kind == "zstd";
    if (!zstd && kind != "gzip") return std::nullopt;
    CompressionSpec spec{zstd ? CompressionKind::Zstd : CompressionKind::Gzip, std::nullopt};
    if (!leveled) return spec;
    spec.level = level_within(text.substr(colon + 1), 1, zstd ? 19 : 9);
    return spec.level ? std::optional(spec) : std::nullopt;
}

std::optional<int> parse_whole(std::string_view text) {
    int number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string to_text(const CompressionSpec& compression) {
    std::string text(name_of(compression.kind));
    if (compression.level) text += fmt::format(":{}", *compression.level);
    return text;
}

bool is_policy_name(std::string_view name) {
    return !name.empty() && name.size() <= kNameBytesMax && (is_letter(name.front()) || is_digit(name.front())) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace holdfast
