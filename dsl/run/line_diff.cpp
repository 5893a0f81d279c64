#include "dsl/run/line_diff.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kAround = 2;
constexpr std::size_t kCellsMax = 16'000'000;

struct Edit {
    char sign = ' ';
    std::size_t line = 0;
    std::string text;
};

std::vector<Edit> whole_exchange(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::vector<Edit> edits;
    for (std::size_t i = 0; i < a.size(); ++i) edits.push_back({'-', i + 1, a[i]});
    for (std::size_t j = 0; j < b.size(); ++j) edits.push_back({'+', j + 1, b[j]});
    return edits;
}

// Longest common subsequence by the textbook's table.
std::vector<Edit> edits_of(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    if ((a.size() + 1) * (b.size() + 1) > kCellsMax) return whole_exchange(a, b);
    const std::size_t width = b.size() + 1;
    std::vector<std::uint32_t> common((a.size() + 1) * width, 0);
    for (std::size_t i = a.size(); i-- > 0;) {
        for (std::size_t j = b.size(); j-- > 0;) {
            common[i * width + j] = a[i] == b[j] ? common[(i + 1) * width + j + 1] + 1
                                                 : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
        }
    }
    std::vector<Edit> edits;
    std::size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            edits.push_back({' ', j + 1, a[i]});
            ++i, ++j;
        } else if (j == b.size() || (i < a.size() && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
            edits.push_back({'-', i + 1, a[i]});
            ++i;
        } else {
            edits.push_back({'+', j + 1, b[j]});
            ++j;
        }
    }
    return edits;
}

}  // namespace

std::vector<std::string> line_diff(std::string_view old_text, std::string_view new_text, std::size_t lines_max) {
    const std::vector<Edit> edits = edits_of(split(old_text, '\n'), split(new_text, '\n'));
    std::vector<bool> shown(edits.size(), false);
    for (std::size_t i = 0; i < edits.size(); ++i) {
        if (edits[i].sign == ' ') continue;
        for (std::size_t k = i > kAround ? i - kAround : 0; k < std::min(i + kAround + 1, edits.size()); ++k) shown[k] = true;
    }
    std::vector<std::string> lines;
    bool gap = false;
    for (std::size_t i = 0; i < edits.size() && lines.size() < lines_max; ++i) {
        if (!shown[i]) {
            gap = !lines.empty();
            continue;
        }
        if (gap) lines.emplace_back("  …");
        gap = false;
        lines.push_back(fmt::format("{} {:<4} {}", edits[i].sign, edits[i].line, printable(edits[i].text, 160)));
    }
    return lines;
}

}  // namespace holdfast
