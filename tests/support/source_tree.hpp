// Reads the project's own sources, for the tests that check them: which files there are, their lines,
// their code without comments and texts, and what they include.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

struct SourceFile {
    std::string path;   // From the top of the project: "engine/plan/retention.cpp".
    std::string text;
    std::string code;   // `text` with comments and the content of string literals blanked out, line by line.

    std::string folder() const;      // "engine/plan"
    std::string file_name() const;   // "retention.cpp"
    std::string stem() const;        // "retention"
    bool is_header() const { return path.ends_with(".hpp"); }
    bool is_cpp() const { return path.ends_with(".cpp") || is_header(); }
};

struct Include {
    std::string name;
    bool quoted = false;
    std::size_t line = 0;
};

// All files below the given folders of the project that end in one of `endings`, sorted by path.
std::vector<SourceFile> read_sources(const std::vector<std::string>& folders, const std::vector<std::string>& endings);
// The C++ files of engine, dsl, providers and tests, read once.
const std::vector<SourceFile>& cpp_sources();

std::vector<Include> includes_of(const SourceFile& file);
std::vector<std::string> lines_of(std::string_view text);
std::string without_comments_and_texts(std::string_view text);

std::filesystem::path project_folder();

}  // namespace holdfast
