// What no source may contain, with what to write instead.
#include <algorithm>
#include <regex>

#include "tests/support/source_tree.hpp"
#include "tests/tidy/complaints.hpp"

using namespace holdfast;

namespace {

constexpr std::size_t kLinesMax = 600;
constexpr std::size_t kMainLinesMax = 60;

struct Banned {
    const char* pattern;    // Of the code, without comments and texts.
    const char* instead;
    std::vector<std::string> except = {};   // Paths begin so.
};

const std::vector<Banned>& banned_code() {
    static const std::vector<Banned> rows{
        {R"(\b(strcpy|strcat|stpcpy|strncpy|strncat)\s*\()", "copy with std::string or std::ranges::copy"},
        {R"(\b(sprintf|vsprintf|snprintf)\s*\()", "use fmt::format (engine/base/format.hpp)"},
        {R"(\bgets\s*\()", "use std::getline"},
        {R"((^|[^\w.>])(std::|::)?system\s*\()", "use run_process (engine/base/process.hpp): no shell"},
        {R"(\bpopen\s*\()", "use run_process (engine/base/process.hpp): no shell"},
        {R"(\b(rand|srand|srandom|drand48)\s*\()", "use random_bytes (engine/crypto/keys.hpp), or std::mt19937_64 with a seed in tests"},
        {R"(\b(atoi|atol|atoll|atof|strtok)\s*\()", "use std::from_chars"},
        {R"(\b(tmpnam|tempnam|mktemp)\s*\()", "use write_file_durably, or TemporaryFolder in tests"},
        {R"(\b(gmtime|localtime|ctime|asctime)\s*\()", "use engine/base/time.hpp or engine/schedule"},
        {R"(\balloca\s*\()", "use std::vector"},
        {R"(\busing\s+namespace\s+std\s*;)", "name what you use"},
        {R"(\bstd::(cout|cerr|clog)\b)", "return a value, or log with engine/base/log.hpp; only engine/cli and engine/app print", {"engine/cli/", "engine/app/", "tests/"}},
        {R"(\b(printf|puts|putchar)\s*\()", "return a value, or log with engine/base/log.hpp", {"engine/cli/", "engine/app/", "tests/"}},
        {R"(\bstd::regex\b)", "match by hand: std::regex recurses once per character and is slow", {"tests/"}},
        {R"(\bassert\s*\()", "use HOLDFAST_CHECK (engine/base/check.hpp), which stays on in release"},
        {R"(\bstd::system_clock\b|\bsystem_clock::now\b)", "take a Clock or an Instant (engine/base/clock.hpp)", {"engine/base/", "tests/"}},
        {R"(\bthrow\s+std::)", "throw Error (engine/base/error.hpp), or HOLDFAST_CHECK what cannot be", {"tests/"}},
        {R"(\b(setenv|putenv)\s*\()", "pass the value to whoever needs it", {"tests/"}},
        {R"(\bdelete\s+[a-z_]+\s*;)", "own it with std::unique_ptr"},
    };
    return rows;
}

// Put together here, so that this file does not trip over itself.
const std::regex& unfinished_mark() {
    static const std::regex mark(std::string("\\b(TO") + "DO|FIX" + "ME|X" + "XX|HA" + "CK)\\b");
    return mark;
}

bool excepted(const Banned& row, const std::string& path) {
    return std::ranges::any_of(row.except, [&](const std::string& begin) { return path.starts_with(begin); });
}

void complain_about_code(const SourceFile& file, Complaints& complaints) {
    static const std::vector<std::regex> patterns = [] {
        std::vector<std::regex> made;
        for (const Banned& row : banned_code()) made.emplace_back(row.pattern);
        return made;
    }();
    const std::vector<std::string> lines = lines_of(file.code);
    for (std::size_t at = 0; at < lines.size(); ++at) {
        if (lines[at].find_first_not_of(' ') == std::string::npos) continue;
        for (std::size_t row = 0; row < patterns.size(); ++row) {
            std::smatch match;
            if (excepted(banned_code()[row], file.path) || !std::regex_search(lines[at], match, patterns[row])) continue;
            complaints.add(file.path, at + 1, match.str() + " is not used here; " + banned_code()[row].instead);
        }
    }
}

void complain_about_silent_catches(const SourceFile& file, Complaints& complaints) {
    const std::vector<std::string> code = lines_of(file.code);
    const std::vector<std::string> text = lines_of(file.text);
    for (std::size_t at = 0; at < code.size(); ++at) {
        if (code[at].find("catch (...)") == std::string::npos) continue;
        const bool says_why = text[at].find("//") != std::string::npos ||
                              (at + 1 < text.size() && text[at + 1].find("//") != std::string::npos);
        if (!says_why) complaints.add(file.path, at + 1, "catch (...) without a reason; say in a comment why nothing may leave here");
    }
}

std::vector<SourceFile> all_texts() {
    return read_sources({"engine", "dsl", "providers", "tests", "policies", "runbooks", "examples", ".ci"},
                        {".cpp", ".hpp", ".lua", ".md", ".sh", ".py", ".yaml", ".txt", ".cmake", "run"});
}

}  // namespace

TEST_CASE("no source uses what is banned here", "[tidy]") {
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) complain_about_code(file, complaints);
    complaints.report();
}

TEST_CASE("the ban sees code and not comments or texts", "[tidy]") {
    const auto complaints_of = [](const std::string& text) {
        Complaints complaints;
        complain_about_code({.path = "engine/plan/x.cpp", .text = text, .code = without_comments_and_texts(text)}, complaints);
        return complaints.lines().size();
    };
    CHECK(complaints_of("  strcpy(a, b);\n") == 1);
    CHECK(complaints_of("  ::system(a);\n  x = system(a);\n") == 2);
    CHECK(complaints_of("  // strcpy(a, b);\n  /* gets(x) */ f(\"sprintf(\", 'g', R\"(popen(x))\");\n") == 0);
    CHECK(complaints_of("  file.system(a); operating_system(b); int brand(); my_rand();\n") == 0);
    CHECK(complaints_of("  std::cout << 1'000; f('\"'); std::cerr;\n") == 1);
    CHECK(complaints_of("  throw std::runtime_error(x);\n") == 1);
}

TEST_CASE("every catch of everything says why", "[tidy]") {
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) complain_about_silent_catches(file, complaints);
    complaints.report();
}

TEST_CASE("nothing is left for later", "[tidy]") {
    Complaints complaints;
    for (const SourceFile& file : all_texts()) {
        std::size_t number = 0;
        for (const std::string& line : lines_of(file.text)) {
            ++number;
            std::smatch match;
            if (std::regex_search(line, match, unfinished_mark())) complaints.add(file.path, number, match.str() + ": finish it, or leave it out");
        }
    }
    complaints.report();
}

TEST_CASE("no file is too long", "[tidy]") {
    Complaints complaints;
    for (const SourceFile& file : all_texts()) {
        const bool is_code = file.is_cpp() || file.path.ends_with(".lua") || file.path.ends_with(".sh") || file.path.ends_with(".py");
        const std::size_t lines = lines_of(file.text).size();
        if (is_code && lines > kLinesMax) complaints.add(file.path, kLinesMax, "has " + std::to_string(lines) + " lines; split it by what its parts do");
        if (file.file_name() == "main.cpp" && lines >= kMainLinesMax) complaints.add(file.path, lines, "main is wiring alone; move the rest down");
    }
    complaints.report();
}

TEST_CASE("every header opens with what it is for", "[tidy]") {
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) {
        if (!file.is_header()) continue;
        if (!file.text.starts_with("// ")) complaints.add(file.path, 1, "say in two or three sentences what this header is for");
        if (file.text.find("\n#pragma once\n") == std::string::npos) complaints.add(file.path, 1, "put #pragma once behind the opening comment");
    }
    complaints.report();
}
