#include "dsl/lua/pattern.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

namespace {

// The match and its captures, separated by bars; "-" for none.
std::string found(std::string_view subject, std::string_view pattern, std::size_t from = 0) {
    Pattern search(subject, pattern, [](std::uint64_t) {});
    const auto match = search.search(from);
    if (!match) return "-";
    std::string text(subject.substr(match->start, match->end - match->start));
    for (const auto& capture : match->captures) {
        text += "|" + (capture.is_position ? "@" + std::to_string(capture.start) : std::string(subject.substr(capture.start, capture.size)));
    }
    return text;
}

}  // namespace

TEST_CASE("patterns match as Lua's manual says", "[dsl][pattern]") {
    CHECK(found("orders-2026.db", "%d+") == "2026");
    CHECK(found("orders-2026.db", "^(%a+)%-(%d+)%.db$") == "orders-2026.db|orders|2026");
    CHECK(found("key = value", "(%w+)%s*=%s*(%w+)") == "key = value|key|value");
    CHECK(found("aaa", "a-") == "");
    CHECK(found("aaab", "a-b") == "aaab");
    CHECK(found("abc", "b?c") == "bc");
    CHECK(found("ac", "ab?c") == "ac");
    CHECK(found("x]y", "[]]") == "]");
    CHECK(found("x-y", "[a%-]") == "-");
    CHECK(found("m5", "[^a-z]") == "5");
    CHECK(found("f(a(b)c)d", "%b()") == "(a(b)c)");
    CHECK(found("THE (quick) fox", "%f[%a]%a+%f[%A]", 4) == "quick");
    CHECK(found("hello hello", "(%w+) %1") == "hello hello|hello");
    CHECK(found("hello", "()ll()") == "ll|@2|@4");
    CHECK(found("cost: $5", "$%d") == "$5");
    CHECK(found("abc", "^b") == "-");
    CHECK(found("", "x*") == "");
    CHECK(found("a.b", "%.") == ".");
    CHECK(found("TeSt", "%u%l%u%l") == "TeSt");
    CHECK(found("a,b", "%P%p%P") == "a,b");
    CHECK(found("0xff", "^0x%x+$") == "0xff");
}

TEST_CASE("a malformed pattern is an error that says why", "[dsl][pattern]") {
    for (const char* pattern : {"%", "[a", "[^", "(a", "a)", "%f", "%b", "%bx", "%1", "(%1)", "[%"}) {
        INFO(pattern);
        CHECK_THROWS_AS(found("aaaa", pattern), Error);
    }
}

TEST_CASE("every step of a search is counted so that a search without end can be stopped", "[dsl][pattern]") {
    const std::string subject(40, 'a');
    std::string pattern;
    for (int i = 0; i < 12; ++i) pattern += "(a*)*";
    std::uint64_t steps = 0;
    Pattern search(subject, "a*a*a*a*a*a*a*a*a*a*b", [&](std::uint64_t done) {
        steps += done;
        if (steps > 100'000) throw Error(ErrorCode::BadRunbook, "too long");
    });
    CHECK_THROWS_WITH(search.search(0), "too long");
}

TEST_CASE("a pattern of many parts is refused before the stack ends", "[dsl][pattern]") {
    std::string pattern;
    for (int i = 0; i < 500; ++i) pattern += "a?";
    CHECK_NOTHROW(found("b", pattern));
    std::string captures;
    for (int i = 0; i < 500; ++i) captures += "a*";
    CHECK_THROWS_WITH(found("b", captures + "c"), "pattern too complex");
}
