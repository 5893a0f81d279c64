// The words of a Lua text with their lines: enough to find names that are never reached when the text is run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

struct LuaToken {
    enum class Kind : std::uint8_t { Name, Keyword, Symbol, Literal } kind = Kind::Symbol;
    std::string text;
    int line = 0;
    int column = 0;
};

// Never fails: what cannot be read is left out (Lua's own parser has said what is wrong with it).
std::vector<LuaToken> lua_tokens(std::string_view text);

// A name that is used but neither bound in the text nor known; "find.pint" where a known name space lacks it.
struct UnknownName {
    std::string name;
    int line = 0;
    int column = 0;
};
// `known`: "step", "find.point", … A name that the text binds anywhere is taken as bound everywhere.
std::vector<UnknownName> unknown_names(const std::vector<LuaToken>& tokens, const std::vector<std::string>& known);

// Where `name` ("backup.raw") is used.
std::vector<UnknownName> uses_of(const std::vector<LuaToken>& tokens, const std::string& name);

}  // namespace holdfast
