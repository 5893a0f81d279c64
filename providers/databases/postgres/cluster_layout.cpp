#include "providers/databases/postgres/cluster_layout.hpp"

#include <algorithm>
#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/file.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kIncremental = "INCREMENTAL.";
constexpr std::uint32_t kDefaultSpace = 1663, kGlobalSpace = 1664;   // pg_tablespace.dat
constexpr std::string_view kFolderWord = "folder ", kTablespaceWord = "tablespace ", kLogWord = "log ";

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 10 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::uint32_t to_number(std::string_view text) {
    std::uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// "16384", "16384_fsm", "16384.2", "16384_vm.1".
std::optional<RelationFile> relation_file_name(std::string_view name, std::uint32_t space, std::uint32_t database) {
    RelationFile file{.relation = {.space = space, .database = database, .relation = 0}};
    if (const auto dot = name.find('.'); dot != std::string_view::npos) {
        const std::string_view segment = name.substr(dot + 1);
        if (!is_number(segment) || segment.front() == '0') return std::nullopt;
        file.segment = to_number(segment);
        name = name.substr(0, dot);
    }
    if (const auto fork = name.find('_'); fork != std::string_view::npos) {
        static constexpr std::pair<std::string_view, RelationFork> kForks[] = {{"fsm", RelationFork::FreeSpace}, {"vm", RelationFork::Visibility}, {"init", RelationFork::Init}};
        const auto found = std::ranges::find(kForks, name.substr(fork + 1), &std::pair<std::string_view, RelationFork>::first);
        if (found == std::end(kForks)) return std::nullopt;
        file.fork = found->second;
        name = name.substr(0, fork);
    }
    if (!is_number(name)) return std::nullopt;
    file.relation.relation = to_number(name);
    return file;
}

bool is_one_line(std::string_view text) { return text.find('\n') == std::string_view::npos; }

[[noreturn]] void fail_layout() { throw Error(ErrorCode::Corrupt, "the backup's list of folders is damaged"); }

}  // namespace

std::optional<RelationFile> relation_file(std::string_view path) {
    const auto parts = split(path, '/');
    if (parts.size() == 2 && parts[0] == "global") return relation_file_name(parts[1], kGlobalSpace, 0);
    if (parts.size() == 3 && parts[0] == "base" && is_number(parts[1])) return relation_file_name(parts[2], kDefaultSpace, to_number(parts[1]));
    const bool space = parts.size() == 5 && parts[0] == kTablespaceFolder && is_number(parts[1]) && parts[2].starts_with("PG_") && is_number(parts[3]);
    return space ? relation_file_name(parts[4], to_number(parts[1]), to_number(parts[3])) : std::nullopt;
}

std::optional<std::string> path_of_incremental(std::string_view path) {
    const auto slash = path.rfind('/');
    const std::string_view name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
    if (!name.starts_with(kIncremental)) return std::nullopt;
    return std::string(path.substr(0, path.size() - name.size())) + std::string(name.substr(kIncremental.size()));
}

bool is_log_segment(std::string_view path) {
    constexpr std::string_view kFolder = "pg_wal/";
    constexpr std::size_t kNameLength = 24;
    if (!path.starts_with(kFolder) || path.size() != kFolder.size() + kNameLength) return false;
    return std::ranges::all_of(path.substr(kFolder.size()), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

std::string to_text(const ClusterLayout& layout) {
    std::string text;
    for (const std::string& folder : layout.folders) text += fmt::format("{}{}\n", kFolderWord, folder);
    for (const ServerTablespace& space : layout.tablespaces) {
        if (!is_one_line(space.location)) throw Error(ErrorCode::Unavailable, fmt::format("tablespace {} lies in a folder whose name has a line break", space.oid));
        text += fmt::format("{}{} {}\n", kTablespaceWord, space.oid, space.location);
    }
    for (const std::string& file : layout.log_segments) text += fmt::format("{}{}\n", kLogWord, file);
    return text;
}

std::string restored_path(const std::string& path) {
    const std::string begin = fmt::format("{}/", kTablespaceFolder);
    return path.starts_with(begin) ? fmt::format("{}/{}", kRestoredTablespaces, path.substr(begin.size())) : path;
}

ClusterLayout parse_layout(std::string_view text) {
    ClusterLayout layout;
    for (const std::string& line : split(text, '\n')) {
        if (line.empty()) continue;
        if (line.starts_with(kFolderWord)) {
            layout.folders.push_back(line.substr(kFolderWord.size()));
            path_inside("/", layout.folders.back());
            continue;
        }
        if (line.starts_with(kLogWord)) {
            layout.log_segments.push_back(line.substr(kLogWord.size()));
            continue;
        }
        const auto blank = line.find(' ', kTablespaceWord.size());
        if (!line.starts_with(kTablespaceWord) || blank == std::string::npos) fail_layout();
        const std::string oid = line.substr(kTablespaceWord.size(), blank - kTablespaceWord.size());
        if (!is_number(oid)) fail_layout();
        layout.tablespaces.push_back({oid, line.substr(blank + 1)});
    }
    return layout;
}

}  // namespace holdfast
