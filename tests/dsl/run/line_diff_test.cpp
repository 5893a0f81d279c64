#include "dsl/run/line_diff.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;
using Strings = std::vector<std::string>;

TEST_CASE("a changed line is shown with its neighbours", "[dsl][run][diff]") {
    CHECK(line_diff("a\nb\nc\nd\ne\nf\ng", "a\nb\nc\nD\ne\nf\ng") ==
          Strings{"  2    b", "  3    c", "- 4    d", "+ 4    D", "  5    e", "  6    f"});
}

TEST_CASE("changes far apart are shown apart", "[dsl][run][diff]") {
    const Strings lines = line_diff("1\n2\n3\n4\n5\n6\n7\n8\n9", "x\n2\n3\n4\n5\n6\n7\n8\ny");
    CHECK(std::ranges::count(lines, "  …") == 1);
    CHECK(lines.front() == "- 1    1");
    CHECK(lines.back() == "+ 9    y");
}

TEST_CASE("equal texts have no difference", "[dsl][run][diff]") {
    CHECK(line_diff("a\nb", "a\nb").empty());
    CHECK(line_diff("", "a") == Strings{"- 1    ", "+ 1    a"});
}
