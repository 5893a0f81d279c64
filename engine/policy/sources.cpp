#include "engine/policy/sources.hpp"

#include <algorithm>
#include <array>

#include "engine/base/error.hpp"
#include "engine/base/file.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

bool is_policy_file(const fs::path& path) {
    const std::string name = path.filename().string();
    const std::string extension = path.extension().string();
    return !name.starts_with('.') && (extension == ".yaml" || extension == ".yml");
}

std::vector<fs::path> list_policy_files(const fs::path& folder) {
    std::error_code fault;
    if (!fs::is_directory(folder, fault)) {
        throw Error(ErrorCode::Missing, fmt::format("there is no policy folder {}", folder.string()),
                    "Run `runbook init` to write one, or say where it is with --policies.");
    }
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, fault)) {
        if (is_policy_file(entry.path()) && !entry.is_directory(fault)) files.push_back(entry.path());
    }
    if (fault) throw_errno(fault.value(), fmt::format("read folder {}", folder.string()));
    std::ranges::sort(files);
    return files;
}

Problems::Text hostile(std::string message, std::string fix) {
    return {.id = "hostile-yaml", .message = std::move(message), .fix = std::move(fix)};
}

// Length of the UTF-8 character at the front, or 0 where there is none (RFC 3629, section 4).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    }
    const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
    const bool outside = (first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F);
    return overlong || outside ? 0 : length;
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

std::string escaped_byte(char c) { return fmt::format("0x{:02x}", static_cast<unsigned char>(c)); }

struct BadByte {
    TextPlace at;
    std::string what;
};
std::optional<BadByte> find_bad_byte(std::string_view text, std::int32_t file) {
    TextPlace at{file, 1, 1};
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == '\n') {
            at = {file, at.line + 1, 1};
            ++i;
            continue;
        }
        if (is_control(text[i])) return BadByte{at, fmt::format("holds the control character {}", escaped_byte(text[i]))};
        const std::size_t length = utf8_length(text.substr(i));
        if (length == 0) return BadByte{at, fmt::format("is not UTF-8 (byte {})", escaped_byte(text[i]))};
        i += length;
        ++at.column;
    }
    return std::nullopt;
}

// The first line that is too long, or 0.
std::int32_t find_long_line(std::string_view text) {
    std::int32_t line = 1;
    for (std::size_t begin = 0; begin <= text.size(); ++line) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end - begin > kPolicyLineBytesMax) return line;
        begin = end + 1;
    }
    return 0;
}

std::size_t count_marks(std::string_view text) {
    std::array<bool, 256> is_mark{};
    for (const char c : std::string_view("[]{},:?\n&*!%")) is_mark[static_cast<unsigned char>(c)] = true;
    return static_cast<std::size_t>(std::ranges::count_if(text, [&](char c) { return is_mark[static_cast<unsigned char>(c)]; }));
}

std::string too_large(std::uint64_t bytes, std::size_t bytes_max) {
    return fmt::format("the file has {}; at most {} are read", format_bytes(bytes), format_bytes(bytes_max));
}

}  // namespace

std::vector<SourceText> read_policy_files(const fs::path& folder, Problems& problems) {
    std::vector<SourceText> sources;
    std::size_t bytes_left = kPolicyFolderBytesMax;
    for (const fs::path& path : list_policy_files(folder)) {
        const std::string name = path.filename().string();
        std::error_code fault;
        if (!fs::is_regular_file(path, fault)) {
            problems.add_for_file(name, hostile("this is not a regular file", "Remove it from the policy folder, or put a plain file there."));
            continue;
        }
        const std::uint64_t bytes = fs::file_size(path, fault);
        if (fault) throw_errno(fault.value(), fmt::format("read {}", path.string()));
        const std::size_t bytes_max = std::min(kPolicyFileBytesMax, bytes_left);
        if (bytes > bytes_max || sources.size() >= kPolicyFilesMax) {
            const bool many = sources.size() >= kPolicyFilesMax;
            problems.add_for_file(name, hostile(many ? fmt::format("more than {} files", kPolicyFilesMax) : too_large(bytes, bytes_max),
                                                "Keep only policies in this folder."));
            continue;
        }
        sources.emplace_back(name, read_text_file(path, bytes_max));
        bytes_left -= sources.back().text().size();
    }
    return sources;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

bool guard_policy_text(const SourceTexts& sources, std::int32_t file, Problems& problems) {
    const std::string& text = sources.at(static_cast<std::size_t>(file)).text();
    if (text.size() > kPolicyFileBytesMax) {
        problems.add({file, 0, 0}, hostile(too_large(text.size(), kPolicyFileBytesMax), "Split it over several files."));
        return false;
    }
    if (const auto bad = find_bad_byte(text, file)) {
        problems.add(bad->at, hostile("the file " + bad->what, "Save it as plain UTF-8 text."));
        return false;
    }
    if (const std::int32_t line = find_long_line(text); line != 0) {
        problems.add({file, line, 1}, hostile(fmt::format("a line is longer than {}", format_bytes(kPolicyLineBytesMax)), "Break the line."));
        return false;
    }
    if (const std::size_t marks = count_marks(text); marks > kPolicyMarksMax) {
        problems.add({file, 0, 0}, hostile(fmt::format("the file has {} brackets, commas, colons and lines; at most {} are read",
                                                       format_count(marks), format_count(kPolicyMarksMax)), "Split it over several files."));
        return false;
    }
    return true;
}

}  // namespace holdfast
