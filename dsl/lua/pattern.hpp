// Lua's string patterns (Lua 5.4 manual, section 6.4.1) with a budget: every step of the search is counted by the caller, who
// may throw. So a pattern that would backtrack for years is stopped like any other endless loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace holdfast {

struct PatternCapture {
    std::size_t start = 0;
    std::size_t size = 0;
    bool is_position = false;     // "()": the place itself.
};

struct PatternMatch {
    std::size_t start = 0, end = 0;
    std::vector<PatternCapture> captures;
};

class Pattern {
public:
    // Both views outlive it. `count` is called with the steps done since the last call, every few hundred steps.
    Pattern(std::string_view subject, std::string_view pattern, std::function<void(std::uint64_t)> count);

    // Returns the first match that begins at `from` or later. Throws Error{BadRunbook} for a malformed pattern.
    std::optional<PatternMatch> search(std::size_t from);

private:
    struct Open {
        std::size_t start = 0, size = 0;
        enum { Unclosed, Closed, Position } state = Unclosed;
    };
    using End = std::optional<std::size_t>;

    End match(std::size_t s, std::size_t p);
    End match_opening(std::size_t s, std::size_t p);
    End match_closing(std::size_t s, std::size_t p);
    End match_greedy(std::size_t s, std::size_t p, std::size_t item_end);
    End match_lazy(std::size_t s, std::size_t p, std::size_t item_end);
    End match_balanced(std::size_t s, std::size_t p);
    End match_captured(std::size_t s, std::size_t p);
    bool is_frontier(std::size_t s, std::size_t p, std::size_t set_end);
    bool is_single(std::size_t s, std::size_t p, std::size_t item_end);
    bool is_in_set(unsigned char c, std::size_t p, std::size_t set_end) const;
    std::size_t end_of_item(std::size_t p) const;
    std::size_t end_of_set(std::size_t p) const;
    bool at_subject_end(std::size_t s) const { return s >= subject_.size(); }
    void step();

    std::string_view subject_, pattern_;
    std::function<void(std::uint64_t)> count_;
    std::vector<Open> open_;
    std::uint64_t steps_ = 0;
    int depth_ = 0;
};

}  // namespace holdfast
