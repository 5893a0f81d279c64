// Names say what a thing is or does; some words never do.
#include <map>
#include <algorithm>
#include <regex>
#include <set>

#include "tests/support/source_tree.hpp"
#include "tests/tidy/complaints.hpp"

using namespace holdfast;

namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string>& empty_words() {
    static const std::map<std::string, std::string> words{
        {"manager", "say what it does: registry, pool, queue, keeper"},
        {"helper", "name the act: a free function in an unnamed namespace"},
        {"util", "name the act, and put it with what it acts on"},
        {"utils", "name the act, and put it with what it acts on"},
        {"common", "name what the parts have in common"},
        {"misc", "one file per thing"},
        {"handler", "name the act: on_signal, answer_request"},
        {"processor", "name the act: parser, planner, reader"},
        {"data", "name the thing: rows, bytes, facts"},
        {"info", "name the thing: facts, report, manifest"},
        {"impl", "name how it differs from others: MemoryStore, SystemClock"},
    };
    return words;
}

// "PackDataReader" and "pack_data_reader": pack, data, reader.
std::vector<std::string> parts_of(const std::string& name) {
    std::vector<std::string> parts(1);
    for (std::size_t at = 0; at < name.size(); ++at) {
        const char c = name[at];
        const bool is_upper = c >= 'A' && c <= 'Z';
        if (c == '_' || c == '-' || c == '.' || (is_upper && at > 0)) parts.emplace_back();
        if (c != '_' && c != '-' && c != '.') parts.back() += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return parts;
}

// "Data key" is what the key that seals data is called everywhere.
bool is_settled_term(const std::string& name) { return name.find("DataKey") != std::string::npos || name.find("data_key") != std::string::npos; }

std::string fault_of_name(const std::string& name) {
    if (is_settled_term(name)) return {};
    for (const std::string& part : parts_of(name)) {
        const auto word = empty_words().find(part);
        if (word != empty_words().end()) return "\"" + part + "\" in " + name + " says nothing; " + word->second;
    }
    return {};
}

void complain_about_names(const SourceFile& file, Complaints& complaints) {
    static const std::regex kDeclaration(R"(\b(class|struct|enum class|enum|union|using|concept|namespace)\s+([A-Za-z_]\w*)\s*(final|[:{=]|$))");
    const std::vector<std::string> lines = lines_of(file.code);
    for (std::size_t at = 0; at < lines.size(); ++at) {
        std::smatch match;
        std::string fault;
        if (std::regex_search(lines[at], match, kDeclaration)) fault = fault_of_name(match[2]);
        if (!fault.empty()) complaints.add(file.path, at + 1, fault);
    }
}

bool is_lower_snake(const std::string& name) {
    return std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

TEST_CASE("no file is named with an empty word", "[tidy][names]") {
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) {
        for (const fs::path& part : fs::path(file.path).parent_path() / file.stem()) {
            const std::string fault = fault_of_name(part.string());
            if (!fault.empty()) complaints.add(file.path, 1, fault);
        }
        if (!is_lower_snake(file.stem())) complaints.add(file.path, 1, "files are named in lower_snake");
    }
    complaints.report();
}

TEST_CASE("no type is named with an empty word", "[tidy][names]") {
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) complain_about_names(file, complaints);
    complaints.report();
}

TEST_CASE("the check of names sees types", "[tidy][names]") {
    const auto complaints_of = [](const std::string& code) {
        Complaints complaints;
        complain_about_names({.path = "engine/plan/x.hpp", .text = code, .code = code}, complaints);
        return complaints.lines().size();
    };
    CHECK(complaints_of("class PackManager {\n") == 1);
    CHECK(complaints_of("struct StoreImpl final : Store {\n") == 1);
    CHECK(complaints_of("using RowData = int;\n") == 1);
    CHECK(complaints_of("struct Database {\nclass Metadata {\nstruct DataKey {\n") == 0);
    CHECK(complaints_of("    const auto* p = bytes.data();\n    log_info(x);\n") == 0);
}

TEST_CASE("no two headers name two types alike", "[tidy][names]") {
    // Everything is in one namespace: the linker would take one of the two for both, without a word.
    static const std::regex kType(R"(^(?:class|struct|enum class|enum) (\w+)(?!\w|::)[^;(]*\{)");
    std::map<std::string, std::string> places;
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) {
        if (!file.is_header() || file.path.starts_with("tests/")) continue;
        const std::vector<std::string> lines = lines_of(file.code);
        for (std::size_t at = 0; at < lines.size(); ++at) {
            std::smatch match;
            if (!std::regex_search(lines[at], match, kType)) continue;
            const auto [place, is_new] = places.emplace(match[1], file.path);
            if (!is_new && place->second != file.path) complaints.add(file.path, at + 1, match[1].str() + " is already in " + place->second + "; give one of them a fuller name");
        }
    }
    complaints.report();
}

TEST_CASE("the top of the project has only its known folders", "[tidy][names]") {
    static const std::set<std::string> kFolders{".ci",      ".git",      ".github", "build",    "dsl",   "engine",
                                                "examples", "packaging", "policies", "providers", "runbooks", "tests"};
    Complaints complaints;
    for (const auto& entry : fs::directory_iterator(project_folder())) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory() && !kFolders.contains(name)) {
            complaints.add(name, 1, "is no folder of this project; put its content where it belongs");
        }
    }
    complaints.report();
}
