// Memory by the allocator, instructions and time by the hook. The hook is inherited by coroutines.
#include <cstdlib>

#include "dsl/lua/state.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr int kInstructionsPerHook = 1000;

void* allocate(void* context, void* block, std::size_t old_bytes, std::size_t new_bytes) {
    auto& state = *static_cast<ScriptState*>(context);
    const std::size_t held = block == nullptr ? 0 : old_bytes;   // For a new block Lua passes its type there.
    if (new_bytes == 0) {
        std::free(block);
        state.memory_bytes -= held;
        return nullptr;
    }
    if (new_bytes > held && state.memory_bytes - held + new_bytes > state.limits.memory_bytes_max) return nullptr;
    void* moved = std::realloc(block, new_bytes);
    if (moved != nullptr) state.memory_bytes = state.memory_bytes - held + new_bytes;
    return moved;
}

void check_limits(lua_State* lua) {
    ScriptState& state = state_of(lua);
    raise_if_tripped(lua);
    if (state.instructions > state.limits.instructions_max) {
        trip(lua, fmt::format("the script was stopped: it ran {} instructions without an end",
                              format_count(state.limits.instructions_max)));
    } else if (state.time_used + state.clock.steady() - state.time_entered > state.limits.time_max) {
        trip(lua, fmt::format("the script was stopped: it ran for {} without an end", for_people(state.limits.time_max)));
    }
    raise_if_tripped(lua);
}

void on_count(lua_State* lua, lua_Debug*) {
    state_of(lua).instructions += kInstructionsPerHook;
    check_limits(lua);
}

}  // namespace

ScriptState& state_of(lua_State* lua) { return **static_cast<ScriptState**>(lua_getextraspace(lua)); }

lua_State* new_limited_state(ScriptState& state) {
    lua_State* lua = lua_newstate(allocate, &state);
    if (lua == nullptr) throw Error(ErrorCode::Internal, "no memory for a script");
    *static_cast<ScriptState**>(lua_getextraspace(lua)) = &state;   // Coroutines get a copy of it.
    lua_sethook(lua, on_count, LUA_MASKCOUNT, kInstructionsPerHook);
    return lua;
}

void charge(lua_State* lua, std::uint64_t instructions) {
    state_of(lua).instructions += instructions;
    check_limits(lua);
}

void trip(lua_State* lua, std::string why) {
    ScriptState& state = state_of(lua);
    if (!state.tripped.empty()) return;
    // Level 0 is the function that the hook interrupted, or the C function that charged.
    int line = line_at(lua, 0);
    if (line == 0) line = line_at(lua, 1);
    state.tripped = line == 0 ? why : fmt::format("{}:{}: {}", state.file, line, why);
    lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);   // Whoever catches it gets no further than one instruction.
}

void raise_if_tripped(lua_State* lua) {
    const ScriptState& state = state_of(lua);
    if (state.tripped.empty()) return;
    lua_pushlstring(lua, state.tripped.data(), state.tripped.size());
    lua_error(lua);
}

int line_at(lua_State* lua, int level) {
    lua_Debug place;
    if (lua_getstack(lua, level, &place) == 0 || lua_getinfo(lua, "l", &place) == 0) return 0;
    return std::max(place.currentline, 0);
}

}  // namespace holdfast
