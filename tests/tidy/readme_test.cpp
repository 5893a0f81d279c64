// Paths and tests that documents name exist.
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/support/source_tree.hpp"
#include "tests/tidy/complaints.hpp"

using namespace holdfast;

namespace {

namespace fs = std::filesystem;

// `engine/plan`, [text](engine/repository/FORMAT.md): a path of this project between backticks or in a link.
void complain_about_paths(const SourceFile& file, Complaints& complaints) {
    static const std::regex kPath(R"((?:`|\]\()((?:\./)?(?:engine|dsl|providers|tests|policies|runbooks|examples|\.ci)/[\w./-]*)(?:`|\)))");
    std::size_t number = 0;
    for (const std::string& line : lines_of(file.text)) {
        ++number;
        for (std::sregex_iterator match(line.begin(), line.end(), kPath), end; match != end; ++match) {
            const std::string path = (*match)[1];
            if (fs::exists(project_folder() / path) || fs::exists(project_folder() / file.folder() / path)) continue;
            complaints.add(file.path, number, path + " is not there; correct the path");
        }
    }
}

// `tests/faults/clocks_test.cpp`: "a title" names a test case of that file.
void complain_about_titles(const SourceFile& file, Complaints& complaints) {
    static const std::regex kTitle(R"(`(tests/[\w./-]+\.cpp)`: \"([^\"]+)\")");
    std::size_t number = 0;
    for (const std::string& line : lines_of(file.text)) {
        ++number;
        for (std::sregex_iterator match(line.begin(), line.end(), kTitle), end; match != end; ++match) {
            std::ifstream stream(project_folder() / (*match)[1].str());
            std::ostringstream text;
            text << stream.rdbuf();
            if (text.str().find("TEST_CASE(\"" + (*match)[2].str() + "\"") != std::string::npos) continue;
            complaints.add(file.path, number, (*match)[1].str() + " has no test \"" + (*match)[2].str() + "\"; correct the title");
        }
    }
}

std::vector<SourceFile> documents() {
    std::vector<SourceFile> found = read_sources({"engine", "dsl", "providers", "tests", "policies", "runbooks", "examples"}, {".md"});
    std::ifstream stream(project_folder() / "README.md");
    std::ostringstream text;
    text << stream.rdbuf();
    found.push_back({.path = "README.md", .text = text.str(), .code = {}});
    return found;
}

}  // namespace

TEST_CASE("paths that the documents name exist", "[tidy][readme]") {
    Complaints complaints;
    for (const SourceFile& file : documents()) complain_about_paths(file, complaints);
    complaints.report();
}

TEST_CASE("tests that the documents name exist", "[tidy][readme]") {
    Complaints complaints;
    for (const SourceFile& file : documents()) complain_about_titles(file, complaints);
    complaints.report();
}

TEST_CASE("the README gives the tour of the house", "[tidy][readme]") {
    const SourceFile readme = documents().back();
    REQUIRE_FALSE(readme.text.empty());
    for (const char* stop : {"policies", "engine/policy", "engine/plan", "engine/job", "engine/repository", "engine/catalog",
                             "runbooks", "dsl/load", "dsl/run", "dsl/actions", "engine/recovery", "providers/databases/sqlite",
                             "providers/stores/local"}) {
        INFO(stop);
        CHECK(readme.text.find(stop) != std::string::npos);
    }
    CHECK(readme.text.find("examples/quickstart.sh") != std::string::npos);
    CHECK(readme.text.find("tests/run.sh") != std::string::npos);
}
