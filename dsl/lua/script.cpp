#include "dsl/lua/script.hpp"

#include "dsl/lua/excerpt.hpp"
#include "dsl/lua/state.hpp"
#include "engine/base/check.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kTextBytesMax = 1 << 20;

// Runs `work` inside Lua's protection, so that a lack of memory while we set things up is an Error like any other.
struct Protected {
    std::function<void(lua_State*)> work;
    std::optional<Error> failure;

    static int run(lua_State* lua) {
        auto& self = *static_cast<Protected*>(lua_touserdata(lua, 1));
        lua_pop(lua, 1);
        try {
            self.work(lua);
        } catch (const Error& error) {   // Of ours: it must not pass through Lua's frames.
            self.failure = error;
        }
        return 0;
    }
};

Error error_of(ScriptState& state, lua_State* lua, int status) {
    std::string message = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1)
                                                           : fmt::format("error with a {} instead of a message", luaL_typename(lua, -1));
    std::string hint;
    if (status == LUA_ERRMEM) {
        message = fmt::format("the script was stopped: it wants more than {} of memory", format_bytes(state.limits.memory_bytes_max));
    }
    const PlacedMessage placed = place_message(state.file, state.text, message);
    return error_at(state.file, state.text, placed.place.line, placed.message, hint);
}

void run_protected(ScriptState& state, std::function<void(lua_State*)> work) {
    Protected call{std::move(work), std::nullopt};
    lua_State* lua = state.main;
    lua_pushcfunction(lua, Protected::run);
    lua_pushlightuserdata(lua, &call);
    const int status = lua_pcall(lua, 1, 0, 0);
    if (call.failure) throw error_at(state.file, state.text, 0, call.failure->message, call.failure->hint);
    if (status == LUA_OK) return;
    Error error = error_of(state, lua, status);
    lua_settop(lua, 0);
    throw error;
}

// Counts the time spent in the script only.
class Inside {
public:
    explicit Inside(ScriptState& state) : state_(state) { state_.time_entered = state_.clock.steady(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { state_.time_used += state_.clock.steady() - state_.time_entered; }

private:
    ScriptState& state_;
};

void bind_functions(lua_State* lua, const std::vector<Script::Function>& functions) {
    std::vector<std::string> spaces;
    lua_pushglobaltable(lua);
    for (std::size_t i = 0; i < functions.size(); ++i) {
        const std::string& name = functions[i].name;
        const std::size_t dot = name.find('.');
        if (dot == std::string::npos) {
            push_bound(lua, i);
            lua_setfield(lua, -2, name.c_str());
            continue;
        }
        const std::string space = name.substr(0, dot);
        if (lua_getfield(lua, -1, space.c_str()) != LUA_TTABLE) {
            lua_pop(lua, 1);
            lua_newtable(lua);
            lua_pushvalue(lua, -1);
            lua_setfield(lua, -3, space.c_str());
            spaces.push_back(space);
        }
        push_bound(lua, i);
        lua_setfield(lua, -2, name.c_str() + dot + 1);
        lua_pop(lua, 1);
    }
    for (const std::string& space : spaces) {
        lua_getfield(lua, -1, space.c_str());
        seal_names(lua, space);
        lua_setfield(lua, -2, space.c_str());
    }
    seal_names(lua, "");
    lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

// Runs the body until it suspends, ends or fails.
Script::Turn run_body(ScriptState& state, int arguments) {
    int results = 0;
    const int status = lua_resume(state.body, nullptr, arguments, &results);
    if (status == LUA_YIELD) return {false, std::move(state.request), state.request_line};
    if (status != LUA_OK) throw error_of(state, state.body, status);
    Value value;
    if (results == 0) return {true, {}, 0};
    run_protected(state, [&](lua_State* lua) {
        lua_pop(state.body, results - 1);
        lua_xmove(state.body, lua, 1);
        value = to_value(lua, -1);
    });
    return {true, std::move(value), 0};
}

void refuse_text(const ScriptState& state) {
    if (state.text.size() > kTextBytesMax) throw error_at(state.file, "", 0, "a runbook of more than 1 MiB");
    if (state.text.starts_with(LUA_SIGNATURE[0])) throw error_at(state.file, "", 0, "compiled Lua is refused: runbooks are text");
}

}  // namespace

Script::Script(std::string file, const Clock& clock, const ScriptLimits& limits)
    : state_(std::make_unique<ScriptState>(std::move(file), clock, limits)) {
    state_->main = new_limited_state(*state_);
}

Script::~Script() {
    state_->limits.memory_bytes_max = ~0ull;
    lua_close(state_->main);
}

void Script::bind(Function function) { state_->functions.push_back(std::move(function)); }

void Script::listen(Listener listener) { state_->listener = std::move(listener); }

Value Script::run_chunk(const std::string& text) {
    ScriptState& state = *state_;
    HOLDFAST_CHECK(state.text.empty());
    state.text = text;
    refuse_text(state);
    const Inside inside(state);
    Value value;
    run_protected(state, [&](lua_State* lua) {
        create_value_types(lua);
        open_base_library(lua);
        open_text_library(lua);
        bind_functions(lua, state.functions);
        if (luaL_loadbufferx(lua, text.data(), text.size(), ("@" + state.file).c_str(), "t") != LUA_OK) lua_error(lua);
        lua_call(lua, 0, 1);
        value = to_value(lua, -1);
    });
    return value;
}

Script::Turn Script::start(const FunctionValue& function, const ValueList& arguments) {
    ScriptState& state = *state_;
    HOLDFAST_CHECK(state.body == nullptr && function.reference != 0);
    run_protected(state, [&](lua_State* lua) {
        state.body = lua_newthread(lua);
        luaL_ref(lua, LUA_REGISTRYINDEX);   // Until the state is closed.
        lua_rawgeti(state.body, LUA_REGISTRYINDEX, function.reference);
        for (const Value& argument : arguments) push_value(state.body, argument);
    });
    state.answer = {};
    const Inside inside(state);
    return run_body(state, static_cast<int>(arguments.size()));
}

Script::Turn Script::resume(const Value& answer) {
    ScriptState& state = *state_;
    HOLDFAST_CHECK(state.body != nullptr && lua_status(state.body) == LUA_YIELD);
    state.answer = answer;
    const Inside inside(state);
    return run_body(state, 0);
}

std::vector<std::string> Script::library_names() {
    return {"assert",        "error",          "ipairs",         "math",          "math.abs",       "math.ceil",       "math.floor",
            "math.fmod",     "math.huge",      "math.max",       "math.maxinteger", "math.min",     "math.mininteger", "math.modf",
            "math.pi",       "math.sqrt",      "math.tointeger", "math.type",     "math.ult",       "pairs",           "pcall",
            "print",         "select",         "string",         "string.byte",   "string.char",    "string.find",     "string.format",
            "string.gmatch", "string.gsub",    "string.len",     "string.lower",  "string.match",   "string.rep",      "string.reverse",
            "string.sub",    "string.upper",   "table",          "table.concat",  "table.insert",   "table.move",      "table.pack",
            "table.remove",  "table.sort",     "table.unpack",   "tonumber",      "tostring",       "type",            "utf8",
            "utf8.char",     "utf8.charpattern", "utf8.codepoint", "utf8.codes",  "utf8.len",       "utf8.offset",     "xpcall"};
}

}  // namespace holdfast
