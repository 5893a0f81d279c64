// Gathers everything that is wrong with the sources, so that one run of a test names all of it.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace holdfast {

class Complaints {
public:
    // "engine/plan/x.cpp:12: what is wrong; what to do instead"
    void add(const std::string& path, std::size_t line, const std::string& what) {
        lines_.push_back(path + ":" + std::to_string(line) + ": " + what);
    }
    const std::vector<std::string>& lines() const { return lines_; }

    // Fails the test with all of them, one a line.
    void report() const {
        std::string all;
        for (const std::string& line : lines_) all += line + "\n";
        INFO(all);
        CHECK(lines_.empty());
    }

private:
    std::vector<std::string> lines_;
};

}  // namespace holdfast
