// Expected texts in tests/golden. With ACCEPT=1 in the environment they are rewritten: read the difference.
#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace holdfast {

inline std::filesystem::path golden_path(const std::string& name) { return std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests" / "golden" / name; }

inline bool accepts_golden() {
    const char* accept = std::getenv("ACCEPT");
    return accept != nullptr && std::string(accept) == "1";
}

// The text of any file of the project; empty where it is not there.
inline std::string text_of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Holds `text` against the file at `path`, or writes it there.
inline void check_against_file(const std::filesystem::path& path, const std::string& text) {
    if (accepts_golden()) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    INFO("expected text: " << path.string() << " (ACCEPT=1 rewrites it)");
    CHECK(text == text_of_file(path));
}

// `name` is below tests/golden: "policy/mistakes.txt".
inline void check_golden(const std::string& name, const std::string& text) { check_against_file(golden_path(name), text); }

}  // namespace holdfast
