// What the parts of this folder share about one Lua state. The only header of the project that includes Lua's.
#pragma once

#include <lua.hpp>

#include <string>
#include <vector>

#include "dsl/lua/script.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {

struct ScriptState {
    std::string file;
    std::string text;
    const Clock& clock;
    ScriptLimits limits;
    std::vector<Script::Function> functions;
    Script::Listener listener;

    lua_State* main = nullptr;
    lua_State* body = nullptr;          // The coroutine that runs the body; null while the file is loaded.
    Value request, answer;              // Between the script and the host.
    int request_line = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t instructions = 0;
    Duration time_used{0};
    Duration time_entered{0};
    std::string tripped;                // The limit that was passed; from then on every instruction fails.

    ScriptState(std::string file_, const Clock& clock_, const ScriptLimits& limits_)
        : file(std::move(file_)), clock(clock_), limits(limits_) {}
};

// ---- limits.cpp ----
ScriptState& state_of(lua_State* lua);
lua_State* new_limited_state(ScriptState& state);
// Counts work that no instruction stands for. Raises a Lua error where a limit is passed.
void charge(lua_State* lua, std::uint64_t instructions);
// Raises again where a limit was passed: what pcall caught must not go on.
void raise_if_tripped(lua_State* lua);
void trip(lua_State* lua, std::string why);
// The line at which the Lua function on `level` is; 0 where it is none.
int line_at(lua_State* lua, int level);

// ---- convert.cpp ----
void create_value_types(lua_State* lua);
void push_value(lua_State* lua, const Value& value);
// Raises a Lua error for what has no value: a coroutine, a table with a table as a key, nesting without end.
Value to_value(lua_State* lua, int index);
// As Lua's tostring, without addresses.
void push_text(lua_State* lua, int index);

// ---- call.cpp ----
void push_bound(lua_State* lua, std::size_t index);
// The bound function's name where the value is one, else nullptr.
const std::string* bound_name(lua_State* lua, int index);
// Runs `work` (which returns how many results it pushed); an Error becomes a Lua error at the caller's line.
int guarded(lua_State* lua, int (*work)(lua_State*));

// ---- base_library.cpp, text_library.cpp ----
// Leave the name spaces in the globals.
void open_base_library(lua_State* lua);
void open_text_library(lua_State* lua);
// Makes the name space on the stack's top unchangeable and strict about unknown names; replaces it by its proxy.
void seal_names(lua_State* lua, const std::string& space);

}  // namespace holdfast
