// Values between Lua and the engine. Records, unknown values and handles are userdata that a script can read but not make.
#include <new>

#include "dsl/lua/state.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr const char* kValueType = "holdfast.value";
constexpr int kNestingMax = 24;
constexpr std::size_t kNodesMax = 100'000;
constexpr std::size_t kTextBytesMax = 4 << 20;

const Value& value_at(lua_State* lua, int index) { return *static_cast<const Value*>(luaL_checkudata(lua, index, kValueType)); }

const Value* value_or_null(lua_State* lua, int index) { return static_cast<const Value*>(luaL_testudata(lua, index, kValueType)); }

void push_host_value(lua_State* lua, const Value& value) {
    void* memory = lua_newuserdatauv(lua, sizeof(Value), 0);
    new (memory) Value(value);
    luaL_setmetatable(lua, kValueType);   // From here on the collector destroys it.
}

int value_collected(lua_State* lua) {
    static_cast<Value*>(luaL_checkudata(lua, 1, kValueType))->~Value();
    return 0;
}

// What stands for the operand in the text of an assumption.
std::string operand_text(lua_State* lua, int index) {
    if (const Value* value = value_or_null(lua, index)) {
        return value->is_unknown() ? value->as<Unknown>()->of : for_people(*value, 60);
    }
    if (lua_type(lua, index) == LUA_TSTRING) return fmt::format("\"{}\"", printable(lua_tostring(lua, index), 40));
    push_text(lua, index);
    const std::string text = printable(lua_tostring(lua, -1), 40);
    lua_pop(lua, 1);
    return text;
}

bool is_unknown_at(lua_State* lua, int index) {
    const Value* value = value_or_null(lua, index);
    return value != nullptr && value->is_unknown();
}

int read_field(lua_State* lua) {
    const Value& value = value_at(lua, 1);
    if (lua_type(lua, 2) != LUA_TSTRING) {   // ipairs asks for [1].
        lua_pushnil(lua);
        return 1;
    }
    const std::string name = lua_tostring(lua, 2);
    if (const auto* unknown = value.as<Unknown>()) {
        const auto& field = state_of(lua).listener.field;
        push_value(lua, field ? field(*unknown, name) : Value(Unknown{name + " of " + unknown->of, ""}));
        return 1;
    }
    const auto* record = value.as<Record>();
    if (record == nullptr) throw Error(ErrorCode::BadRunbook, fmt::format("{} has no fields", kind_of(value)));
    const auto found = record->fields.find(name);
    if (found == record->fields.end()) {
        std::vector<std::string> names;
        for (const auto& [known, unused] : record->fields) names.push_back(known);
        const auto meant = closest_match(name, names);
        throw Error(ErrorCode::BadRunbook, fmt::format("a value of type {} has no field '{}'{}", record->type, name,
                                                       meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
    }
    push_value(lua, found->second);
    return 1;
}

int write_field(lua_State*) { throw Error(ErrorCode::BadRunbook, "the results of steps cannot be changed"); }

int value_text(lua_State* lua) {
    push_text(lua, 1);
    return 1;
}

int ask(lua_State* lua, const std::string& comparison) {
    const auto& compare = state_of(lua).listener.compare;
    lua_pushboolean(lua, !compare || compare(comparison, line_at(lua, 1)));
    return 1;
}

// Instants are ordered; a comparison with something unknown is assumed to be true. `a > b` arrives as `b < a`: the
// unknown side is put first so that the text reads as it was written.
int compare_order(lua_State* lua, const char* sign, const char* mirrored, bool or_equal) {
    if (is_unknown_at(lua, 1) || is_unknown_at(lua, 2)) {
        const bool swap = !is_unknown_at(lua, 1);
        return ask(lua, fmt::format("{} {} {}", operand_text(lua, swap ? 2 : 1), swap ? mirrored : sign,
                                    operand_text(lua, swap ? 1 : 2)));
    }
    const Value* a = value_or_null(lua, 1);
    const Value* b = value_or_null(lua, 2);
    const auto left = a != nullptr ? instant_of(*a) : std::nullopt;
    const auto right = b != nullptr ? instant_of(*b) : std::nullopt;
    if (!left || !right) throw Error(ErrorCode::BadRunbook, "these values have no order");
    lua_pushboolean(lua, or_equal ? *left <= *right : *left < *right);
    return 1;
}

int less(lua_State* lua) { return compare_order(lua, "<", ">", false); }
int less_or_equal(lua_State* lua) { return compare_order(lua, "<=", ">=", true); }

int equal(lua_State* lua) {
    if (is_unknown_at(lua, 1) || is_unknown_at(lua, 2)) {
        return ask(lua, fmt::format("{} == {}", operand_text(lua, 1), operand_text(lua, 2)));
    }
    const Value* a = value_or_null(lua, 1);
    const Value* b = value_or_null(lua, 2);
    lua_pushboolean(lua, a != nullptr && b != nullptr && same_value(*a, *b));
    return 1;
}

int concatenate(lua_State* lua) {
    push_text(lua, 1);
    push_text(lua, 2);
    lua_concat(lua, 2);
    return 1;
}

int calculate(lua_State* lua) {
    if (!is_unknown_at(lua, 1) && !is_unknown_at(lua, 2)) throw Error(ErrorCode::BadRunbook, "this value cannot be calculated with");
    const bool second = is_unknown_at(lua, 2) && !is_unknown_at(lua, 1);
    push_value(lua, Unknown{fmt::format("a number made from {}", operand_text(lua, second ? 2 : 1)), "integer"});
    return 1;
}

int length(lua_State* lua) {
    if (!is_unknown_at(lua, 1)) throw Error(ErrorCode::BadRunbook, "this value has no length");
    push_value(lua, Unknown{fmt::format("number of {}", operand_text(lua, 1)), "integer"});
    return 1;
}

template <int (*kWork)(lua_State*)>
int guarded_method(lua_State* lua) {
    return guarded(lua, kWork);
}

void push_fields(lua_State* lua, const ValueMap& map) {
    lua_createtable(lua, 0, static_cast<int>(std::min<std::size_t>(map.size(), 1000)));
    for (const auto& [name, value] : map) {
        lua_pushlstring(lua, name.data(), name.size());
        push_value(lua, value);
        lua_rawset(lua, -3);
    }
}

void push_list(lua_State* lua, const ValueList& list) {
    lua_createtable(lua, static_cast<int>(std::min<std::size_t>(list.size(), 1000)), 0);
    lua_Integer at = 0;
    for (const Value& value : list) {
        push_value(lua, value);
        lua_rawseti(lua, -2, ++at);
    }
}

struct Reader {
    lua_State* lua;
    std::size_t nodes = 0;
    std::size_t text_bytes = 0;

    Value read(int index, int depth) {
        index = lua_absindex(lua, index);
        if (depth > kNestingMax) throw Error(ErrorCode::BadRunbook, "a table is nested too deeply, or contains itself");
        if (++nodes > kNodesMax) throw Error(ErrorCode::BadRunbook, "a table has too many entries");
        luaL_checkstack(lua, 8, "a table is nested too deeply");
        switch (lua_type(lua, index)) {
            case LUA_TNIL: return {};
            case LUA_TBOOLEAN: return lua_toboolean(lua, index) != 0;
            case LUA_TNUMBER: return read_number(index);
            case LUA_TSTRING: return read_string(index);
            case LUA_TTABLE: return read_table(index, depth);
            case LUA_TFUNCTION: return read_function(index);
            case LUA_TUSERDATA:
                if (const Value* value = value_or_null(lua, index)) return *value;
                [[fallthrough]];
            default: throw Error(ErrorCode::BadRunbook, fmt::format("{} cannot be handed on", luaL_typename(lua, index)));
        }
    }

    Value read_number(int index) const {
        if (lua_isinteger(lua, index) != 0) return static_cast<std::int64_t>(lua_tointeger(lua, index));
        return lua_tonumber(lua, index);
    }

    Value read_string(int index) {
        std::size_t size = 0;
        const char* text = lua_tolstring(lua, index, &size);
        text_bytes += size;
        if (text_bytes > kTextBytesMax) throw Error(ErrorCode::BadRunbook, "a text is too long to be handed on");
        return std::string(text, size);
    }

    Value read_function(int index) const {
        if (const std::string* name = bound_name(lua, index)) return FunctionValue{0, *name};
        lua_pushvalue(lua, index);
        return FunctionValue{luaL_ref(lua, LUA_REGISTRYINDEX), {}};
    }

    // A table whose keys are 1 … n is a list, as is an empty one; any other a map, with "1", "2", … for its numbers.
    Value read_table(int index, int depth) {
        ValueMap map;
        std::int64_t numbered = 0;
        bool named = false;
        lua_pushnil(lua);
        while (lua_next(lua, index) != 0) {
            std::string key;
            if (lua_isinteger(lua, -2) != 0) {
                ++numbered;
                key = fmt::format("{}", lua_tointeger(lua, -2));
            } else if (lua_type(lua, -2) == LUA_TSTRING) {
                named = true;
                key = *read_string(-2).as<std::string>();
            } else {
                throw Error(ErrorCode::BadRunbook, fmt::format("a {} cannot be a key here", luaL_typename(lua, -2)));
            }
            map[key] = read(-1, depth + 1);
            lua_pop(lua, 1);
        }
        if (named) return map;
        ValueList list;
        for (std::int64_t i = 1; i <= numbered; ++i) {
            const auto found = map.find(fmt::format("{}", i));
            if (found == map.end()) return map;
            list.push_back(found->second);
        }
        return list;
    }
};

}  // namespace

void create_value_types(lua_State* lua) {
    luaL_newmetatable(lua, kValueType);
    const luaL_Reg methods[] = {
        {"__gc", value_collected},
        {"__index", guarded_method<read_field>},
        {"__newindex", guarded_method<write_field>},
        {"__tostring", guarded_method<value_text>},
        {"__lt", guarded_method<less>},
        {"__le", guarded_method<less_or_equal>},
        {"__eq", guarded_method<equal>},
        {"__concat", guarded_method<concatenate>},
        {"__len", guarded_method<length>},
        {nullptr, nullptr},
    };
    luaL_setfuncs(lua, methods, 0);
    for (const char* sign : {"__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm", "__idiv", "__band", "__bor", "__bxor",
                             "__shl", "__shr", "__bnot"}) {
        lua_pushcfunction(lua, guarded_method<calculate>);
        lua_setfield(lua, -2, sign);
    }
    lua_pop(lua, 1);
}

void push_value(lua_State* lua, const Value& value) {
    luaL_checkstack(lua, 4, "a value is nested too deeply");
    if (value.is_null()) lua_pushnil(lua);
    else if (const auto* boolean = value.as<bool>()) lua_pushboolean(lua, *boolean);
    else if (const auto* integer = value.as<std::int64_t>()) lua_pushinteger(lua, *integer);
    else if (const auto* real = value.as<double>()) lua_pushnumber(lua, *real);
    else if (const auto* text = value.as<std::string>()) lua_pushlstring(lua, text->data(), text->size());
    else if (const auto* list = value.as<ValueList>()) push_list(lua, *list);
    else if (const auto* map = value.as<ValueMap>()) push_fields(lua, *map);
    else if (const auto* function = value.as<FunctionValue>()) lua_rawgeti(lua, LUA_REGISTRYINDEX, function->reference);
    else push_host_value(lua, value);
}

Value to_value(lua_State* lua, int index) { return Reader{lua}.read(index, 0); }

void push_text(lua_State* lua, int index) {
    index = lua_absindex(lua, index);
    switch (lua_type(lua, index)) {
        case LUA_TTABLE: lua_pushliteral(lua, "table"); return;
        case LUA_TFUNCTION: lua_pushliteral(lua, "function"); return;
        case LUA_TUSERDATA:
            if (const Value* value = value_or_null(lua, index)) {
                const std::string text = for_people(*value, 1000);
                lua_pushlstring(lua, text.data(), text.size());
                return;
            }
            lua_pushliteral(lua, "userdata");
            return;
        default: luaL_tolstring(lua, index, nullptr);
    }
}

}  // namespace holdfast
