// Lua's string library with bounded patterns: find, match, gmatch and gsub search with dsl/lua/pattern.hpp, rep and gsub
// look at the memory limit before they build.
#include "dsl/lua/pattern.hpp"
#include "dsl/lua/state.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

std::string_view text_argument(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, index, &size);
    return {text, size};
}

void push_view(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

Pattern pattern_of(lua_State* lua, std::string_view subject, std::string_view pattern) {
    if (pattern.size() > 1000) throw Error(ErrorCode::BadRunbook, "a string pattern of more than 1,000 characters");
    return Pattern(subject, pattern, [lua](std::uint64_t steps) { charge(lua, steps); });
}

// Lua counts from 1, and from the end below 0; returns an offset, possibly past the end.
std::size_t start_offset(lua_Integer init, std::size_t size) {
    if (init > 0) return static_cast<std::size_t>(init) - 1;
    if (init == 0 || static_cast<std::uint64_t>(-(init + 1)) + 1 > size) return 0;
    return size - static_cast<std::size_t>(-init);
}

void push_capture(lua_State* lua, std::string_view subject, const PatternCapture& capture) {
    if (capture.is_position) lua_pushinteger(lua, static_cast<lua_Integer>(capture.start) + 1);
    else push_view(lua, subject.substr(capture.start, capture.size));
}

// Pushes the captures, or the whole match where there are none.
int push_captures(lua_State* lua, std::string_view subject, const PatternMatch& match, bool whole_if_none) {
    luaL_checkstack(lua, static_cast<int>(match.captures.size()) + 1, "too many captures");
    if (match.captures.empty() && whole_if_none) {
        push_view(lua, subject.substr(match.start, match.end - match.start));
        return 1;
    }
    for (const PatternCapture& capture : match.captures) push_capture(lua, subject, capture);
    return static_cast<int>(match.captures.size());
}

int push_place(lua_State* lua, std::size_t start, std::size_t end) {
    lua_pushinteger(lua, static_cast<lua_Integer>(start) + 1);
    lua_pushinteger(lua, static_cast<lua_Integer>(end));
    return 2;
}

int find_text(lua_State* lua) {
    const auto subject = text_argument(lua, 1), pattern = text_argument(lua, 2);
    const std::size_t from = start_offset(luaL_optinteger(lua, 3, 1), subject.size());
    const bool plain = lua_toboolean(lua, 4) != 0 || pattern.find_first_of("^$*+?.([%-") == std::string_view::npos;
    if (from > subject.size()) return 0;
    if (plain) {
        charge(lua, (subject.size() - from) / 8 * (pattern.size() / 64 + 1));
        const std::size_t at = subject.find(pattern, from);
        return at == std::string_view::npos ? 0 : push_place(lua, at, at + pattern.size());
    }
    const auto match = pattern_of(lua, subject, pattern).search(from);
    if (!match) return 0;
    push_place(lua, match->start, match->end);
    return 2 + push_captures(lua, subject, *match, false);
}

int match_text(lua_State* lua) {
    const auto subject = text_argument(lua, 1), pattern = text_argument(lua, 2);
    const std::size_t from = start_offset(luaL_optinteger(lua, 3, 1), subject.size());
    if (from > subject.size()) return 0;
    const auto match = pattern_of(lua, subject, pattern).search(from);
    return match ? push_captures(lua, subject, *match, true) : 0;
}

// find and match give nil where the other functions would give nothing.
template <int (*kWork)(lua_State*)>
int or_nil(lua_State* lua) {
    const int results = guarded(lua, kWork);
    if (results > 0) return results;
    lua_pushnil(lua);
    return 1;
}

// Upvalues: subject, pattern, where to go on, where the last match ended (an empty match there is not a new one).
int next_match(lua_State* lua) {
    const auto subject = text_argument(lua, lua_upvalueindex(1)), pattern = text_argument(lua, lua_upvalueindex(2));
    auto from = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(3)));
    const lua_Integer last_end = lua_tointeger(lua, lua_upvalueindex(4));
    while (from <= subject.size()) {
        const auto match = pattern_of(lua, subject, pattern).search(from);
        if (!match) break;
        if (match->start == match->end && static_cast<lua_Integer>(match->end) == last_end) {
            from = match->end + 1;
            continue;
        }
        lua_pushinteger(lua, static_cast<lua_Integer>(match->end));
        lua_copy(lua, -1, lua_upvalueindex(3));
        lua_replace(lua, lua_upvalueindex(4));
        return push_captures(lua, subject, *match, true);
    }
    lua_pushinteger(lua, static_cast<lua_Integer>(subject.size()) + 1);
    lua_replace(lua, lua_upvalueindex(3));
    return 0;
}

int each_match(lua_State* lua) {
    const auto pattern = text_argument(lua, 2);
    if (pattern.starts_with('^')) throw Error(ErrorCode::BadRunbook, "gmatch: a pattern that begins with '^' would match once at most");
    lua_settop(lua, 2);
    text_argument(lua, 1);
    lua_pushinteger(lua, 0);
    lua_pushinteger(lua, -1);
    lua_pushcclosure(lua, [](lua_State* inner) { return or_nil<next_match>(inner); }, 4);
    return 1;
}

// Appends what "%0" … "%9" and "%%" in the replacement text stand for.
void append_template(std::string& out, std::string_view replacement, std::string_view subject, const PatternMatch& match) {
    for (std::size_t i = 0; i < replacement.size(); ++i) {
        if (replacement[i] != '%') {
            out += replacement[i];
            continue;
        }
        const char letter = ++i < replacement.size() ? replacement[i] : '\0';
        if (letter == '%') {
            out += '%';
        } else if (letter == '0' || (letter == '1' && match.captures.empty())) {
            out += subject.substr(match.start, match.end - match.start);
        } else if (letter >= '1' && letter <= '9' && static_cast<std::size_t>(letter - '1') < match.captures.size()) {
            const PatternCapture& capture = match.captures[static_cast<std::size_t>(letter - '1')];
            if (capture.is_position) out += fmt::format("{}", capture.start + 1);
            else out += subject.substr(capture.start, capture.size);
        } else {
            throw Error(ErrorCode::BadRunbook, "gsub: '%' in the replacement is followed by neither a digit of a capture nor '%'");
        }
    }
}

// Appends what the table or function at 3 gives for the match; the match itself for nil and false.
void append_computed(lua_State* lua, std::string& out, std::string_view subject, const PatternMatch& match) {
    if (lua_istable(lua, 3)) {
        push_captures(lua, subject, {match.start, match.end, match.captures.empty() ? match.captures
                                                             : std::vector{match.captures.front()}}, true);
        lua_gettable(lua, 3);
    } else {
        lua_pushvalue(lua, 3);
        lua_call(lua, push_captures(lua, subject, match, true), 1);
    }
    if (lua_toboolean(lua, -1) == 0) {
        out += subject.substr(match.start, match.end - match.start);
    } else if (lua_isstring(lua, -1) != 0) {
        std::size_t size = 0;
        const char* text = lua_tolstring(lua, -1, &size);
        out.append(text, size);
    } else {
        throw Error(ErrorCode::BadRunbook, fmt::format("gsub: a {} cannot be put into a text", luaL_typename(lua, -1)));
    }
    lua_pop(lua, 1);
}

void check_size(lua_State* lua, std::uint64_t bytes) {
    if (bytes <= state_of(lua).limits.memory_bytes_max / 2) return;
    throw Error(ErrorCode::BadRunbook, "the resulting text is too long");
}

int replace_text(lua_State* lua) {
    const auto subject = text_argument(lua, 1), pattern = text_argument(lua, 2);
    const int kind = lua_type(lua, 3);
    if (kind != LUA_TSTRING && kind != LUA_TNUMBER && kind != LUA_TTABLE && kind != LUA_TFUNCTION) {
        throw Error(ErrorCode::BadRunbook, "gsub: the replacement must be text, a table or a function");
    }
    const lua_Integer times_max = luaL_optinteger(lua, 4, static_cast<lua_Integer>(subject.size()) + 1);
    lua_settop(lua, 3);
    const bool anchored = pattern.starts_with('^');
    std::string out;
    std::size_t at = 0, from = 0;
    lua_Integer times = 0, last_end = -1;
    while (times < times_max && from <= subject.size()) {
        const auto match = pattern_of(lua, subject, pattern).search(from);
        if (!match || (anchored && times > 0)) break;
        if (match->start == match->end && static_cast<lua_Integer>(match->end) == last_end) {
            from = match->end + 1;
            continue;
        }
        out += subject.substr(at, match->start - at);
        if (kind == LUA_TTABLE || kind == LUA_TFUNCTION) append_computed(lua, out, subject, *match);
        else append_template(out, text_argument(lua, 3), subject, *match);
        check_size(lua, out.size());
        ++times;
        at = from = match->end;
        last_end = static_cast<lua_Integer>(match->end);
        if (anchored) break;
    }
    out += subject.substr(std::min(at, subject.size()));
    push_view(lua, out);
    lua_pushinteger(lua, times);
    return 2;
}

int repeat_text(lua_State* lua) {
    const auto text = text_argument(lua, 1);
    const lua_Integer times = luaL_checkinteger(lua, 2);
    std::size_t separator_size = 0;
    const char* separator = luaL_optlstring(lua, 3, "", &separator_size);
    if (times <= 0) {
        lua_pushliteral(lua, "");
        return 1;
    }
    const std::uint64_t piece = text.size() + separator_size;
    const std::uint64_t bytes_max = state_of(lua).limits.memory_bytes_max / 2;
    if (piece > 0 && static_cast<std::uint64_t>(times) > bytes_max / piece) check_size(lua, bytes_max + 1);
    if (piece == 0) {
        lua_pushliteral(lua, "");
        return 1;
    }
    charge(lua, piece * static_cast<std::uint64_t>(times) / 64);
    std::string out;
    out.reserve(piece * static_cast<std::uint64_t>(times));
    for (lua_Integer i = 0; i < times; ++i) {
        if (i > 0) out.append(separator, separator_size);
        out += text;
    }
    push_view(lua, out);
    return 1;
}

// Upvalue 1: Lua's own string.format. It never sees a table or a "%p", so it prints no addresses.
int format_text(lua_State* lua) {
    const auto format = text_argument(lua, 1);
    const int arguments = lua_gettop(lua);
    int argument = 1;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') continue;
        if (++i < format.size() && format[i] == '%') continue;
        i = std::min(format.find_first_not_of("-+ #0123456789.", i), format.size());
        const char letter = i < format.size() ? format[i] : '\0';
        if (letter == 'p') throw Error(ErrorCode::BadRunbook, "format: '%p' is not part of the language");
        if (++argument > arguments || letter != 's') continue;
        push_text(lua, argument);
        lua_replace(lua, argument);
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, arguments, 1);
    return 1;
}

template <int (*kWork)(lua_State*)>
int guarded_function(lua_State* lua) {
    return guarded(lua, kWork);
}

}  // namespace

void open_text_library(lua_State* lua) {
    luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
    lua_newtable(lua);
    for (const char* name : {"byte", "char", "len", "lower", "reverse", "sub", "upper"}) {
        lua_getfield(lua, -2, name);
        lua_setfield(lua, -2, name);
    }
    lua_getfield(lua, -2, "format");
    lua_pushcclosure(lua, guarded_function<format_text>, 1);
    lua_setfield(lua, -2, "format");
    const luaL_Reg own[] = {
        {"find", or_nil<find_text>}, {"match", or_nil<match_text>}, {"gmatch", guarded_function<each_match>},
        {"gsub", guarded_function<replace_text>}, {"rep", guarded_function<repeat_text>}, {nullptr, nullptr},
    };
    luaL_setfuncs(lua, own, 0);
    seal_names(lua, "string");
    // ("x"):upper() goes through the texts' metatable, whose arithmetic goes too.
    lua_pushliteral(lua, "");
    lua_createtable(lua, 0, 1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
    lua_pushglobaltable(lua);
    lua_insert(lua, -2);
    lua_setfield(lua, -2, "string");
    lua_pop(lua, 2);
}

}  // namespace holdfast
