// Lua's base, table and math without the dangerous parts: nothing that loads code, reaches the machine, changes metatables
// or depends on addresses, hashes or chance. pairs goes in sorted order, so a replay takes the same way.
#include <algorithm>

#include "dsl/lua/state.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

// ---- pcall, xpcall: cannot catch a limit ----

int finish_protected(lua_State* lua, int status, lua_KContext extra) {
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(lua) - static_cast<int>(extra);
    if (status == LUA_ERRMEM) {
        trip(lua, fmt::format("the script was stopped: it wants more than {} of memory",
                              format_bytes(state_of(lua).limits.memory_bytes_max)));
    }
    raise_if_tripped(lua);
    lua_pushboolean(lua, 0);
    lua_pushvalue(lua, -2);
    return 2;
}

int protected_call(lua_State* lua) {
    luaL_checkany(lua, 1);
    lua_pushboolean(lua, 1);
    lua_insert(lua, 1);
    return finish_protected(lua, lua_pcallk(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0, 0, finish_protected), 0);
}

// xpcall's listener is called after the stack is unwound, not on top of the failure as in Lua's own: there the count hook is
// off, so a listener could run for ever.
int finish_listened(lua_State* lua, int status, lua_KContext) {
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(lua) - 1;   // Without the listener.
    finish_protected(lua, status, 0);                                          // Raises what must not be caught.
    lua_remove(lua, -2);                                                       // Without `false`: the message is on top.
    lua_pushvalue(lua, 1);
    lua_insert(lua, -2);
    lua_call(lua, 1, 1);
    lua_pushboolean(lua, 0);
    lua_insert(lua, -2);
    return 2;
}

int protected_call_with_listener(lua_State* lua) {
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    const int arguments = lua_gettop(lua) - 2;
    lua_pushvalue(lua, 2);
    lua_insert(lua, 1);
    lua_remove(lua, 3);
    lua_pushboolean(lua, 1);
    lua_insert(lua, 2);   // listener, true, function, arguments …
    return finish_listened(lua, lua_pcallk(lua, arguments, LUA_MULTRET, 0, 0, finish_listened), 0);
}

// ---- pairs ----

struct SortKey {
    int rank = 0;               // Numbers, texts, booleans.
    lua_Number number = 0;
    std::string_view text;
    lua_Integer at = 0;         // In the table of keys.
    bool operator<(const SortKey& other) const {
        if (rank != other.rank) return rank < other.rank;
        if (rank == 1) return text < other.text;
        return number < other.number;
    }
};

SortKey sort_key_at(lua_State* lua, int index, lua_Integer at) {
    switch (lua_type(lua, index)) {
        case LUA_TNUMBER: return {0, lua_tonumber(lua, index), {}, at};
        case LUA_TSTRING: {
            std::size_t size = 0;
            const char* text = lua_tolstring(lua, index, &size);
            return {1, 0, {text, size}, at};
        }
        case LUA_TBOOLEAN: return {2, lua_toboolean(lua, index) != 0 ? 1.0 : 0.0, {}, at};
        default: throw Error(ErrorCode::BadRunbook, fmt::format("pairs: a key that is a {} has no order", luaL_typename(lua, index)));
    }
}

// Upvalues: the table, its keys in order, the place reached.
int next_pair(lua_State* lua) {
    const lua_Integer count = static_cast<lua_Integer>(lua_rawlen(lua, lua_upvalueindex(2)));
    lua_Integer at = lua_tointeger(lua, lua_upvalueindex(3));
    while (++at <= count) {
        lua_pushinteger(lua, at);
        lua_replace(lua, lua_upvalueindex(3));
        lua_rawgeti(lua, lua_upvalueindex(2), at);
        lua_pushvalue(lua, -1);
        lua_rawget(lua, lua_upvalueindex(1));
        if (!lua_isnil(lua, -1)) return 2;   // One that was removed on the way is passed over.
        lua_pop(lua, 2);
    }
    lua_pushnil(lua);
    return 1;
}

// Replaces the record or unknown value at 1 by a table of its fields.
void fields_as_table(lua_State* lua) {
    const Value value = to_value(lua, 1);
    if (const auto* record = value.as<Record>()) {
        push_value(lua, record->fields);
    } else if (const auto* unknown = value.as<Unknown>()) {
        const auto& compare = state_of(lua).listener.compare;
        if (compare) compare("there is nothing in " + unknown->of, line_at(lua, 1));
        lua_newtable(lua);
    } else {
        throw Error(ErrorCode::BadRunbook, fmt::format("pairs: {} has no parts", kind_of(value)));
    }
    lua_replace(lua, 1);
}

int sorted_pairs(lua_State* lua) {
    luaL_checkany(lua, 1);
    lua_settop(lua, 1);
    if (!lua_istable(lua, 1)) fields_as_table(lua);
    lua_newtable(lua);                                     // 2: the keys as they come.
    std::vector<SortKey> keys;
    lua_pushnil(lua);
    while (lua_next(lua, 1) != 0) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        const auto at = static_cast<lua_Integer>(keys.size() + 1);
        lua_rawseti(lua, 2, at);                           // Keeps the text alive while its view is used.
        keys.push_back(sort_key_at(lua, -1, at));
    }
    charge(lua, keys.size() * 4);
    std::sort(keys.begin(), keys.end());
    lua_pushvalue(lua, 1);
    lua_createtable(lua, static_cast<int>(keys.size()), 0);
    lua_Integer at = 0;
    for (const SortKey& key : keys) {
        lua_rawgeti(lua, 2, key.at);
        lua_rawseti(lua, -2, ++at);
    }
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_pair, 3);
    return 1;
}

int guarded_pairs(lua_State* lua) { return guarded(lua, sorted_pairs); }

int text_of_any(lua_State* lua) {
    luaL_checkany(lua, 1);
    push_text(lua, 1);
    return 1;
}

int type_of_any(lua_State* lua) {
    luaL_checkany(lua, 1);
    if (lua_type(lua, 1) != LUA_TUSERDATA) {
        lua_pushstring(lua, luaL_typename(lua, 1));
        return 1;
    }
    const Value value = to_value(lua, 1);
    const auto* record = value.as<Record>();
    lua_pushstring(lua, record != nullptr ? record->type.c_str() : value.is_unknown() ? "unknown" : "effect");
    return 1;
}

int print_note(lua_State* lua) {
    std::string line;
    for (int i = 1; i <= lua_gettop(lua); ++i) {
        push_text(lua, i);
        std::size_t size = 0;
        const char* text = lua_tolstring(lua, -1, &size);
        line += (i == 1 ? "" : " ") + std::string(text, std::min<std::size_t>(size, 1000));
        lua_pop(lua, 1);
    }
    const auto& note = state_of(lua).listener.note;
    if (note) note(printable(line, 1000));
    return 0;
}

// Calls the library's own function (upvalue 1) after counting what it may do to the table given first: these loops run in C,
// where no instruction is counted.
int counted_call(lua_State* lua) {
    if (lua_istable(lua, 1)) charge(lua, lua_rawlen(lua, 1) / 8 + 1);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

// table.move(a, from, to, at [, into]): the range is bounded by what a table can hold here.
int counted_move(lua_State* lua) {
    const lua_Integer from = luaL_checkinteger(lua, 2);
    const lua_Integer to = luaL_checkinteger(lua, 3);
    if (to >= from) {
        const auto moved = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
        if (moved > 1'000'000) return luaL_error(lua, "table.move: too many elements to move");
        charge(lua, moved);
    }
    return counted_call(lua);
}

void keep_only(lua_State* lua, std::initializer_list<const char*> names, bool counted) {
    lua_newtable(lua);
    for (const char* name : names) {
        lua_getfield(lua, -2, name);
        if (counted) {
            lua_pushcclosure(lua, std::string_view(name) == "move" ? counted_move : counted_call, 1);
        }
        lua_setfield(lua, -2, name);
    }
    lua_remove(lua, -2);
}

// ---- strict names ----

void add_names(lua_State* lua, std::vector<std::string>& names) {
    lua_pushnil(lua);
    while (lua_next(lua, lua_upvalueindex(2)) != 0) {
        lua_pop(lua, 1);
        if (lua_type(lua, -1) == LUA_TSTRING) names.emplace_back(lua_tostring(lua, -1));
    }
}

// Upvalues: the space's name ("" for the globals), its table.
int unknown_name(lua_State* lua) {
    const std::string space = lua_tostring(lua, lua_upvalueindex(1));
    push_text(lua, 2);
    const std::string wrong = printable(lua_tostring(lua, -1), 60);
    std::vector<std::string> names;
    add_names(lua, names);
    std::ranges::sort(names);
    const auto meant = closest_match(wrong, names);
    const std::string full = space.empty() ? wrong : space + "." + wrong;
    throw Error(ErrorCode::BadRunbook,
                fmt::format("unknown name '{}'{}", full,
                            meant ? fmt::format("; did you mean '{}'?", space.empty() ? *meant : space + "." + *meant) : ""));
}

int changed_name(lua_State* lua) {
    const std::string space = lua_tostring(lua, lua_upvalueindex(1));
    push_text(lua, 2);
    const std::string name = printable(lua_tostring(lua, -1), 60);
    throw Error(ErrorCode::BadRunbook, space.empty() ? fmt::format("'{}' would be a global variable: write `local {}`", name, name)
                                                     : fmt::format("'{}.{}' cannot be changed", space, name));
}

int guarded_unknown_name(lua_State* lua) { return guarded(lua, unknown_name); }
int guarded_changed_name(lua_State* lua) { return guarded(lua, changed_name); }

}  // namespace

void seal_names(lua_State* lua, const std::string& space) {
    const int names = lua_gettop(lua);
    lua_createtable(lua, 0, 0);                            // What is asked for an unknown name …
    lua_pushstring(lua, space.c_str());
    lua_pushvalue(lua, names);
    lua_pushcclosure(lua, guarded_unknown_name, 2);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, names);
    lua_createtable(lua, 0, 0);                            // … and the empty proxy that scripts see.
    lua_createtable(lua, 0, 2);
    lua_pushvalue(lua, names);
    lua_setfield(lua, -2, "__index");
    lua_pushstring(lua, space.c_str());
    lua_pushcclosure(lua, guarded_changed_name, 1);
    lua_setfield(lua, -2, "__newindex");
    lua_setmetatable(lua, -2);
    lua_replace(lua, names);
}

void open_base_library(lua_State* lua) {
    luaL_requiref(lua, LUA_GNAME, luaopen_base, 0);        // Lua's own fill the globals; a few are taken over into new ones.
    keep_only(lua, {"assert", "error", "ipairs", "select", "tonumber"}, false);
    const luaL_Reg own[] = {
        {"pcall", protected_call}, {"xpcall", protected_call_with_listener}, {"pairs", guarded_pairs},
        {"tostring", text_of_any}, {"type", type_of_any}, {"print", print_note}, {nullptr, nullptr},
    };
    luaL_setfuncs(lua, own, 0);

    luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 0);
    keep_only(lua, {"concat", "insert", "move", "pack", "remove", "sort", "unpack"}, true);
    seal_names(lua, "table");
    lua_setfield(lua, -2, "table");
    luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 0);
    keep_only(lua, {"abs", "ceil", "floor", "fmod", "huge", "max", "maxinteger", "min", "mininteger", "modf", "pi", "sqrt",
                    "tointeger", "type", "ult"}, false);
    seal_names(lua, "math");
    lua_setfield(lua, -2, "math");
    luaL_requiref(lua, LUA_UTF8LIBNAME, luaopen_utf8, 0);
    keep_only(lua, {"char", "charpattern", "codepoint", "codes", "len", "offset"}, false);
    seal_names(lua, "utf8");
    lua_setfield(lua, -2, "utf8");
    lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

}  // namespace holdfast
