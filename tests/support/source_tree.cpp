#include "tests/support/source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace holdfast {
namespace {

namespace fs = std::filesystem;

std::string whole_text(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + path.string());
    std::ostringstream text;
    text << stream.rdbuf();
    return std::move(text).str();
}

bool is_word(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Blanks out from `from` to `to`, but keeps the line breaks.
void blank(std::string& text, std::size_t from, std::size_t to) {
    for (std::size_t at = from; at < std::min(to, text.size()); ++at) {
        if (text[at] != '\n') text[at] = ' ';
    }
}

// Where the literal that opens at `at` with `quote` ends: behind its closing quote.
std::size_t end_of_literal(std::string_view text, std::size_t at, char quote) {
    for (++at; at < text.size() && text[at] != '\n'; ++at) {
        if (text[at] == '\\') ++at;
        else if (text[at] == quote) return at + 1;
    }
    return at;
}

std::size_t behind(std::string_view text, std::string_view what, std::size_t from) {
    const std::size_t at = text.find(what, from);
    return at == std::string_view::npos ? text.size() : at + what.size();
}

}  // namespace

std::string SourceFile::folder() const { return fs::path(path).parent_path().string(); }
std::string SourceFile::file_name() const { return fs::path(path).filename().string(); }
std::string SourceFile::stem() const { return fs::path(path).stem().string(); }

fs::path project_folder() { return HOLDFAST_SOURCE_DIR; }

std::vector<SourceFile> read_sources(const std::vector<std::string>& folders, const std::vector<std::string>& endings) {
    std::vector<SourceFile> files;
    for (const std::string& folder : folders) {
        if (!fs::is_directory(project_folder() / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(project_folder() / folder)) {
            const std::string name = entry.path().filename().string();
            const bool wanted = std::ranges::any_of(endings, [&](const std::string& end) { return name.ends_with(end); });
            if (!entry.is_regular_file() || !wanted) continue;
            SourceFile file{.path = fs::relative(entry.path(), project_folder()).string(), .text = whole_text(entry.path()), .code = {}};
            if (file.is_cpp()) file.code = without_comments_and_texts(file.text);
            files.push_back(std::move(file));
        }
    }
    std::ranges::sort(files, {}, &SourceFile::path);
    return files;
}

const std::vector<SourceFile>& cpp_sources() {
    static const std::vector<SourceFile> files = read_sources({"engine", "dsl", "providers", "tests"}, {".cpp", ".hpp"});
    return files;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

std::vector<Include> includes_of(const SourceFile& file) {
    std::vector<Include> includes;
    std::size_t number = 0;
    for (const std::string& line : lines_of(file.text)) {
        ++number;
        if (!line.starts_with("#include")) continue;
        const std::size_t open = line.find_first_of("<\"");
        if (open == std::string::npos) continue;
        const std::size_t close = line.find(line[open] == '<' ? '>' : '"', open + 1);
        includes.push_back({.name = line.substr(open + 1, close - open - 1), .quoted = line[open] == '"', .line = number});
    }
    return includes;
}

std::string without_comments_and_texts(std::string_view text) {
    std::string code(text);
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        std::size_t end = at + 1;
        if (rest.starts_with("//")) {
            end = std::min(text.find('\n', at), text.size());
            blank(code, at, end);
        } else if (rest.starts_with("/*")) {
            end = behind(text, "*/", at + 2);
            blank(code, at, end);
        } else if (rest.starts_with("R\"")) {
            const std::string mark(text.substr(at + 2, text.find('(', at) - at - 2));
            end = behind(text, ")" + mark + "\"", at);
            blank(code, at + 1, end);
        } else if (rest[0] == '"') {
            end = end_of_literal(text, at, '"');
            blank(code, at + 1, end - 1);
        } else if (rest[0] == '\'' && (at == 0 || !is_word(text[at - 1]))) {   // Else it separates digits.
            end = end_of_literal(text, at, '\'');
            blank(code, at + 1, end - 1);
        }
        at = end;
    }
    return code;
}

}  // namespace holdfast
