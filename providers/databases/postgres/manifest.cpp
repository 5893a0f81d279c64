#include "providers/databases/postgres/manifest.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"

namespace holdfast {
namespace {

[[noreturn]] void fail(const std::string& why) { throw Error(ErrorCode::Corrupt, "the server's backup manifest " + why, "Take the backup again."); }

// The server writes one line per file, and its hash over all lines before the last. So lines are enough; what they hold is
// covered by the hash.
constexpr std::string_view kHashBegin = "\"Manifest-Checksum\": \"";

void require_own_hash(std::string_view text) {
    const auto at = text.rfind(kHashBegin);
    if (at == std::string_view::npos) fail("has no end");
    const std::string_view stated = text.substr(at + kHashBegin.size(), 64);
    if (to_hex(sha256(as_bytes(text.substr(0, at)))) != stated) fail("is damaged");
}

void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

// Behind the opening quote, up to the closing one. The server escapes quotes, backslashes and control characters only.
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] != '\\') {
            out += text[at];
            continue;
        }
        if (++at == text.size()) fail("has a path without an end");
        static constexpr std::string_view kLetters = "bfnrt", kMeant = "\b\f\n\r\t";
        const auto letter = kLetters.find(text[at]);
        if (text[at] == 'u') {
            unsigned code = 0;
            const std::string_view digits = text.substr(at + 1, 4);
            if (std::from_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr != digits.data() + 4 || digits.size() != 4) fail("has a path that cannot be read");
            append_utf8(out, code);
            at += 4;
        } else {
            out += letter == std::string_view::npos ? text[at] : kMeant[letter];
        }
    }
    return out;
}

std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
    const std::string begin = fmt::format("\"{}\": ", key);
    const auto at = line.find(begin);
    return at == std::string_view::npos ? std::nullopt : std::optional(line.substr(at + begin.size()));
}

std::optional<std::string> path_of(std::string_view line) {
    if (const auto path = value_of(line, "Path"); path && path->starts_with('"')) return unescape(path->substr(1));
    const auto encoded = value_of(line, "Encoded-Path");   // No UTF-8.
    if (!encoded || !encoded->starts_with('"')) return std::nullopt;
    const auto bytes = from_hex(encoded->substr(1, encoded->find('"', 1) - 1));
    if (!bytes) fail("has a path that cannot be read");
    return std::string(as_text(*bytes));
}

template <typename Number>
Number number_in(std::string_view text, int base) {
    Number value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value, base).ec != std::errc()) fail("has a number that cannot be read");
    return value;
}

// Written byte by byte, the lowest first, as the server keeps it.
std::optional<std::uint32_t> crc_of(std::string_view line) {
    const auto algorithm = value_of(line, "Checksum-Algorithm"), checksum = value_of(line, "Checksum");
    if (!algorithm && !checksum) return std::nullopt;
    if (!algorithm || !algorithm->starts_with("\"CRC32C\"") || !checksum || checksum->size() < 9) fail("has no CRC32C for a file");
    return __builtin_bswap32(number_in<std::uint32_t>(checksum->substr(1, 8), 16));
}

}  // namespace

ReceivedFiles read_manifest(std::string_view text) {
    require_own_hash(text);
    ReceivedFiles files;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        auto path = path_of(line);
        if (!path) continue;
        const auto size = value_of(line, "Size");
        if (!size) fail("has a file without a size");
        files[std::move(*path)] = {number_in<std::uint64_t>(*size, 10), crc_of(line)};
    }
    return files;
}

namespace {

// Anything but plain letters stands in hexadecimal, as the server writes what is no UTF-8.
std::string path_in_json(const std::string& path) {
    const bool plain = std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
    return plain ? fmt::format("\"Path\": \"{}\"", path) : fmt::format("\"Encoded-Path\": \"{}\"", to_hex(as_bytes(path)));
}

constexpr int kFirstWithSystem = 17;

}  // namespace

std::string write_manifest(const ReceivedFiles& files, const ManifestFacts& facts) {
    const bool names_system = facts.server_major >= kFirstWithSystem;
    std::string text = fmt::format("{{ \"PostgreSQL-Backup-Manifest-Version\": {},\n", names_system ? 2 : 1);
    if (names_system) text += fmt::format("\"System-Identifier\": {},\n", facts.system);
    text += "\"Files\": [";
    const char* before = "\n";
    for (const auto& [path, file] : files) {
        text += fmt::format("{}{{ {}, \"Size\": {}, \"Last-Modified\": \"1970-01-01 00:00:00 GMT\" }}", before, path_in_json(path), file.bytes);
        before = ",\n";
    }
    text += fmt::format("\n],\n\"WAL-Ranges\": [\n{{ \"Timeline\": {}, \"Start-LSN\": \"{}\", \"End-LSN\": \"{}\" }}\n],\n", facts.timeline, to_text(facts.start),
                        to_text(facts.stop));
    return text + fmt::format("{}{}\"}}\n", kHashBegin, to_hex(sha256(as_bytes(text))));
}

void require_as_sent(const ReceivedFiles& received, std::string_view manifest) {
    const ReceivedFiles sent = read_manifest(manifest);
    for (const auto& [path, file] : sent) {
        const auto ours = received.find(path);
        if (ours != received.end() && ours->second == file) continue;
        throw Error(ErrorCode::Corrupt, fmt::format("{} {}", printable(path), ours == received.end() ? "was not received" : "arrived changed"),
                    "Take the backup again; where it happens twice, look at the network and the memory of both machines.");
    }
    for (const auto& [path, file] : received) {
        if (!sent.contains(path)) fail("does not name " + printable(path));
    }
}

}  // namespace holdfast
