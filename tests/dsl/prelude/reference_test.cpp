#include <cstdlib>

#include <catch2/catch.hpp>

#include "dsl/prelude/surface.hpp"
#include "engine/base/file.hpp"

using namespace holdfast;

TEST_CASE("the reference holds the language as it is", "[dsl][prelude]") {
    const fs::path file = fs::path(HOLDFAST_SOURCE_DIR) / "dsl/README.md";
    std::string text = read_text_file(file, 1 << 20);
    const std::string begin = "<!-- generated from dsl/prelude/surface.cpp; ACCEPT=1 rewrites it -->\n", end = "<!-- end -->";
    const std::size_t from = text.find(begin), to = text.find(end);
    REQUIRE(from != std::string::npos);
    REQUIRE(to != std::string::npos);
    const std::string expected = "\n" + reference_of(language()) + "\n";
    if (std::getenv("ACCEPT") != nullptr) {
        text.replace(from + begin.size(), to - from - begin.size(), expected);
        write_file_durably(file, as_bytes(text), 0644);
    } else {
        CHECK(text.substr(from + begin.size(), to - from - begin.size()) == expected);
    }
}
