// A place at which the program can be killed is worth something only when a test kills it there.
#include <algorithm>
#include <regex>
#include <set>

#include "engine/base/fault_point.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/tidy/complaints.hpp"

using namespace holdfast;

namespace {

constexpr const char* kList = "engine/base/fault_point.cpp";

std::string in_quotes(std::string_view name) { return '"' + std::string(name) + '"'; }

bool any_file_has(const std::string& text, const std::string& below, const std::string& except = "") {
    return std::ranges::any_of(cpp_sources(), [&](const SourceFile& file) {
        return file.path.starts_with(below) && file.path != except && file.text.find(text) != std::string::npos;
    });
}

bool is_used(std::string_view name) {
    return any_file_has(in_quotes(name), "engine/", kList) || any_file_has(in_quotes(name), "dsl/") || any_file_has(in_quotes(name), "providers/");
}

}  // namespace

TEST_CASE("the list of fault points is sorted and each stands once", "[tidy][faults]") {
    const auto points = all_fault_points();
    CHECK(std::ranges::is_sorted(points));
    CHECK(std::set<std::string_view>(points.begin(), points.end()).size() == points.size());
}

TEST_CASE("every fault point is passed by some code", "[tidy][faults]") {
    Complaints complaints;
    for (const std::string_view name : all_fault_points()) {
        if (!is_used(name)) complaints.add(kList, 1, in_quotes(name) + " is nowhere in the code; call fault_point there, or take it off the list");
    }
    complaints.report();
}

TEST_CASE("every fault point that is passed is on the list", "[tidy][faults]") {
    static const std::regex kCall(R"(fault_point\("([^"]+)\")");
    const auto points = all_fault_points();
    Complaints complaints;
    for (const SourceFile& file : cpp_sources()) {
        if (file.path.starts_with("tests/")) continue;
        std::size_t number = 0;
        for (const std::string& line : lines_of(file.text)) {
            ++number;
            std::smatch match;
            if (!std::regex_search(line, match, kCall)) continue;
            const std::string name = match[1];
            if (std::ranges::binary_search(points, std::string_view(name))) continue;
            complaints.add(file.path, number, in_quotes(name) + " is not in the list of " + kList);
        }
    }
    complaints.report();
}

TEST_CASE("every fault point has a crash test", "[tidy][faults]") {
    Complaints complaints;
    for (const std::string_view name : all_fault_points()) {
        if (!any_file_has(in_quotes(name), "tests/crash/")) {
            complaints.add(kList, 1, in_quotes(name) + " is in no scenario of tests/crash; add it to the one that passes it");
        }
    }
    complaints.report();
}
