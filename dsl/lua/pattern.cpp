#include "dsl/lua/pattern.hpp"

#include <cctype>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr int kDepthMax = 200;
constexpr std::size_t kCapturesMax = 32;
constexpr std::uint64_t kStepsPerCount = 256;

[[noreturn]] void malformed(std::string_view why) {
    throw Error(ErrorCode::BadRunbook, fmt::format("malformed pattern ({})", why));
}

// Does `c` belong to the class that the letter after '%' names? A letter that names none stands for itself.
bool is_in_class(unsigned char c, unsigned char letter) {
    bool in = false;
    switch (std::tolower(letter)) {
        case 'a': in = std::isalpha(c) != 0; break;
        case 'c': in = std::iscntrl(c) != 0; break;
        case 'd': in = std::isdigit(c) != 0; break;
        case 'g': in = std::isgraph(c) != 0; break;
        case 'l': in = std::islower(c) != 0; break;
        case 'p': in = std::ispunct(c) != 0; break;
        case 's': in = std::isspace(c) != 0; break;
        case 'u': in = std::isupper(c) != 0; break;
        case 'w': in = std::isalnum(c) != 0; break;
        case 'x': in = std::isxdigit(c) != 0; break;
        default: return letter == c;
    }
    return std::isupper(letter) != 0 ? !in : in;
}

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

struct Deeper {
    int& depth;
    explicit Deeper(int& depth_) : depth(depth_) {
        if (++depth > kDepthMax) {
            --depth;
            throw Error(ErrorCode::BadRunbook, "pattern too complex");
        }
    }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    ~Deeper() { --depth; }
};

}  // namespace

Pattern::Pattern(std::string_view subject, std::string_view pattern, std::function<void(std::uint64_t)> count)
    : subject_(subject), pattern_(pattern), count_(std::move(count)) {}

std::optional<PatternMatch> Pattern::search(std::size_t from) {
    const bool anchored = !pattern_.empty() && pattern_.front() == '^';
    for (std::size_t start = from; start <= subject_.size(); ++start) {
        open_.clear();
        if (const End end = match(start, anchored ? 1 : 0)) {
            PatternMatch found{start, *end, {}};
            for (const Open& capture : open_) {
                if (capture.state == Open::Unclosed) malformed("unfinished capture");
                found.captures.push_back({capture.start, capture.size, capture.state == Open::Position});
            }
            count_(steps_);
            steps_ = 0;
            return found;
        }
        if (anchored) break;
    }
    count_(steps_);
    steps_ = 0;
    return std::nullopt;
}

void Pattern::step() {
    if (++steps_ < kStepsPerCount) return;
    const std::uint64_t done = steps_;
    steps_ = 0;
    count_(done);
}

std::size_t Pattern::end_of_set(std::size_t p) const {
    ++p;                                                   // Past '['.
    if (p < pattern_.size() && pattern_[p] == '^') ++p;
    bool first = true;                                     // A ']' right at the beginning is a member.
    while (true) {
        if (p >= pattern_.size()) malformed("missing ']'");
        if (pattern_[p] == ']' && !first) return p + 1;
        first = false;
        if (pattern_[p] == '%') ++p;
        ++p;
    }
}

std::size_t Pattern::end_of_item(std::size_t p) const {
    if (pattern_[p] == '[') return end_of_set(p);
    if (pattern_[p] != '%') return p + 1;
    if (p + 1 >= pattern_.size()) malformed("ends with '%'");
    return p + 2;
}

bool Pattern::is_in_set(unsigned char c, std::size_t p, std::size_t set_end) const {
    std::size_t at = p + 1;
    const std::size_t close = set_end - 1;
    const bool negated = pattern_[at] == '^';
    if (negated) ++at;
    while (at < close) {
        if (pattern_[at] == '%') {
            if (is_in_class(c, byte_at(pattern_, at + 1))) return !negated;
            at += 2;
        } else if (at + 2 < close && pattern_[at + 1] == '-') {
            if (byte_at(pattern_, at) <= c && c <= byte_at(pattern_, at + 2)) return !negated;
            at += 3;
        } else {
            if (byte_at(pattern_, at) == c) return !negated;
            ++at;
        }
    }
    return negated;
}

bool Pattern::is_single(std::size_t s, std::size_t p, std::size_t item_end) {
    step();
    if (at_subject_end(s)) return false;
    const unsigned char c = byte_at(subject_, s);
    switch (pattern_[p]) {
        case '.': return true;
        case '%': return is_in_class(c, byte_at(pattern_, p + 1));
        case '[': return is_in_set(c, p, item_end);
        default: return byte_at(pattern_, p) == c;
    }
}

Pattern::End Pattern::match(std::size_t s, std::size_t p) {
    const Deeper deeper(depth_);
    while (p < pattern_.size()) {
        step();
        if (pattern_[p] == '(') return match_opening(s, p);
        if (pattern_[p] == ')') return match_closing(s, p);
        if (pattern_[p] == '$' && p + 1 == pattern_.size()) return at_subject_end(s) ? End(s) : std::nullopt;
        if (pattern_[p] == '%' && p + 1 < pattern_.size()) {
            const char letter = pattern_[p + 1];
            if (letter == 'b' || std::isdigit(static_cast<unsigned char>(letter)) != 0) {
                const bool balanced = letter == 'b';
                const End end = balanced ? match_balanced(s, p + 2) : match_captured(s, p + 1);
                if (!end) return std::nullopt;
                s = *end;
                p += balanced ? 4 : 2;
                continue;
            }
            if (letter == 'f') {
                if (p + 2 >= pattern_.size() || pattern_[p + 2] != '[') malformed("missing '[' after '%f'");
                const std::size_t set_end = end_of_set(p + 2);
                if (!is_frontier(s, p + 2, set_end)) return std::nullopt;
                p = set_end;
                continue;
            }
        }
        const std::size_t item_end = end_of_item(p);
        const char quantifier = item_end < pattern_.size() ? pattern_[item_end] : '\0';
        if (quantifier == '*') return match_greedy(s, p, item_end);
        if (quantifier == '+') return is_single(s, p, item_end) ? match_greedy(s + 1, p, item_end) : std::nullopt;
        if (quantifier == '-') return match_lazy(s, p, item_end);
        const bool fits = is_single(s, p, item_end);
        if (quantifier == '?') {
            if (fits) {
                if (const End end = match(s + 1, item_end + 1)) return end;
            }
            p = item_end + 1;
            continue;
        }
        if (!fits) return std::nullopt;
        ++s;
        p = item_end;
    }
    return s;
}

Pattern::End Pattern::match_opening(std::size_t s, std::size_t p) {
    if (open_.size() >= kCapturesMax) throw Error(ErrorCode::BadRunbook, "too many captures in a pattern");
    const bool position = p + 1 < pattern_.size() && pattern_[p + 1] == ')';
    open_.push_back({s, 0, position ? Open::Position : Open::Unclosed});
    const End end = match(s, p + (position ? 2 : 1));
    if (!end) open_.pop_back();
    return end;
}

Pattern::End Pattern::match_closing(std::size_t s, std::size_t p) {
    std::size_t last = open_.size();
    while (last > 0 && open_[last - 1].state != Open::Unclosed) --last;
    if (last == 0) malformed("')' without '('");
    Open& capture = open_[last - 1];
    capture.size = s - capture.start;
    capture.state = Open::Closed;
    const End end = match(s, p + 1);
    if (!end) open_[last - 1].state = Open::Unclosed;
    return end;
}

Pattern::End Pattern::match_greedy(std::size_t s, std::size_t p, std::size_t item_end) {
    std::size_t last = s;
    while (is_single(last, p, item_end)) ++last;
    for (;; --last) {
        if (const End end = match(last, item_end + 1)) return end;
        if (last == s) return std::nullopt;
    }
}

Pattern::End Pattern::match_lazy(std::size_t s, std::size_t p, std::size_t item_end) {
    while (true) {
        if (const End end = match(s, item_end + 1)) return end;
        if (!is_single(s, p, item_end)) return std::nullopt;
        ++s;
    }
}

Pattern::End Pattern::match_balanced(std::size_t s, std::size_t p) {
    if (p + 1 >= pattern_.size()) malformed("missing arguments to '%b'");
    if (at_subject_end(s) || subject_[s] != pattern_[p]) return std::nullopt;
    std::size_t depth = 1;
    for (std::size_t at = s + 1; at < subject_.size(); ++at) {
        step();
        if (subject_[at] == pattern_[p + 1]) {
            if (--depth == 0) return at + 1;
        } else if (subject_[at] == pattern_[p]) {
            ++depth;
        }
    }
    return std::nullopt;
}

Pattern::End Pattern::match_captured(std::size_t s, std::size_t p) {
    const std::size_t index = static_cast<std::size_t>(pattern_[p] - '1');
    if (pattern_[p] == '0' || index >= open_.size() || open_[index].state != Open::Closed) malformed("invalid capture index");
    const std::string_view captured = subject_.substr(open_[index].start, open_[index].size);
    steps_ += captured.size() / 16;
    step();
    return subject_.substr(s).starts_with(captured) ? End(s + captured.size()) : std::nullopt;
}

bool Pattern::is_frontier(std::size_t s, std::size_t p, std::size_t set_end) {
    step();
    const unsigned char before = s == 0 ? '\0' : byte_at(subject_, s - 1);
    const unsigned char after = at_subject_end(s) ? '\0' : byte_at(subject_, s);
    return !is_in_set(before, p, set_end) && is_in_set(after, p, set_end);
}

}  // namespace holdfast
