// Every source is built and has a test, and every test is built.
#include <fstream>
#include <set>

#include "tests/support/source_tree.hpp"
#include "tests/tidy/complaints.hpp"

using namespace holdfast;

namespace {

namespace fs = std::filesystem;

// The files that this build compiles, from the top of the project. The list is CMake's own JSON, in
// which each file stands on a line of its own.
std::set<std::string> built_files() {
    const std::string begin = "\"file\": \"" + project_folder().string() + "/";
    std::set<std::string> files;
    std::ifstream list(fs::path(HOLDFAST_BINARY_DIR) / "compile_commands.json");
    for (std::string line; std::getline(list, line);) {
        const std::size_t at = line.find(begin);
        if (at == std::string::npos) continue;
        const std::size_t from = at + begin.size();
        files.insert(line.substr(from, line.find('"', from) - from));
    }
    return files;
}

bool is_ours(const SourceFile& file) { return !file.path.starts_with("tests/"); }

std::set<std::string> headers_that_tests_include() {
    std::set<std::string> headers;
    for (const SourceFile& file : cpp_sources()) {
        if (!file.path.ends_with("_test.cpp")) continue;
        for (const Include& include : includes_of(file)) headers.insert(include.name);
    }
    return headers;
}

}  // namespace

TEST_CASE("every source and every test is built", "[tidy]") {
    const std::set<std::string> built = built_files();
    REQUIRE(built.size() > 50);
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) {
        if (file.is_header() || file.path.ends_with("_fuzz.cpp") || built.contains(file.path)) continue;
        complaints.add(file.path, 1, is_ours(file) ? "is not built; name its folder with holdfast_folder() in CMakeLists.txt"
                                                   : "is not built; name its folder in tests/CMakeLists.txt and end its name in _test.cpp");
    }
    complaints.report();
}

TEST_CASE("every source has a test", "[tidy]") {
    const std::set<std::string> included = headers_that_tests_include();
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) {
        if (!is_ours(file) || file.is_header() || file.file_name() == "main.cpp") continue;
        const std::string stem = file.folder() + "/" + file.stem();
        if (fs::exists(project_folder() / ("tests/" + stem + "_test.cpp")) || included.contains(stem + ".hpp")) continue;
        complaints.add(file.path, 1, "has no test; write tests/" + stem + "_test.cpp, or include its header in a test that tries it");
    }
    complaints.report();
}

TEST_CASE("every fuzzer has a corpus", "[tidy]") {
    static constexpr std::string_view kEnd = "_fuzz";
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) {
        if (!file.path.ends_with("_fuzz.cpp")) continue;
        const std::string reads = file.stem().substr(0, file.stem().size() - kEnd.size());
        const fs::path corpus = project_folder() / "tests/fuzz/corpus" / reads;
        if (!fs::is_directory(corpus) || fs::is_empty(corpus)) complaints.add(file.path, 1, "has no corpus; put seeds in tests/fuzz/corpus/" + reads);
    }
    complaints.report();
}
