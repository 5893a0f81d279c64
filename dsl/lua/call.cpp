// The one trampoline between Lua and C++.
//
// A Lua error is a C++ exception of liblua's own (a pointer, not a std::exception): it passes through our frames, running
// destructors, and must not be caught here. Our exceptions are caught here and raised anew as Lua errors.
#include "dsl/lua/state.hpp"

namespace holdfast {
namespace {

int resumed(lua_State* lua, int, lua_KContext) {
    ScriptState& state = state_of(lua);
    const Value answer = std::move(state.answer);
    state.answer = {};
    push_value(lua, answer);
    return 1;
}

// Returns -1 where the function suspends.
int call_bound(lua_State* lua) {
    ScriptState& state = state_of(lua);
    const Script::Function& function = state.functions[static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(1)))];
    if (function.suspends && lua_isyieldable(lua) == 0) {
        throw Error(ErrorCode::BadRunbook,
                    state.body == nullptr
                        ? fmt::format("'{}' can be used only inside `run`", function.name)
                        : fmt::format("'{}' cannot be used inside a function that sorts or replaces", function.name));
    }
    ValueList arguments;
    const int count = lua_gettop(lua);
    for (int i = 1; i <= count; ++i) arguments.push_back(to_value(lua, i));
    const int line = line_at(lua, 1);
    Value value = function.call({line}, arguments);
    if (!function.suspends) {
        push_value(lua, value);
        return 1;
    }
    state.request = std::move(value);
    state.request_line = line;
    return -1;
}

int trampoline(lua_State* lua) {
    const int results = guarded(lua, call_bound);
    return results >= 0 ? results : lua_yieldk(lua, 0, 0, resumed);
}

}  // namespace

int guarded(lua_State* lua, int (*work)(lua_State*)) {
    std::string failure;
    try {
        return work(lua);
    } catch (const Error& error) {
        failure = error.message;
    } catch (const std::exception& error) {
        failure = error.what();
    }
    luaL_where(lua, 1);
    lua_pushlstring(lua, failure.data(), failure.size());
    lua_concat(lua, 2);
    return lua_error(lua);
}

void push_bound(lua_State* lua, std::size_t index) {
    lua_pushinteger(lua, static_cast<lua_Integer>(index));
    lua_pushcclosure(lua, trampoline, 1);
}

const std::string* bound_name(lua_State* lua, int index) {
    if (lua_tocfunction(lua, index) != trampoline) return nullptr;
    if (lua_getupvalue(lua, index, 1) == nullptr) return nullptr;
    const auto at = static_cast<std::size_t>(lua_tointeger(lua, -1));
    lua_pop(lua, 1);
    return &state_of(lua).functions[at].name;
}

}  // namespace holdfast
