// The values that cross between a runbook, the engine and the journal. Canonical: equal values have
// equal bytes, so a hash of the bytes stands for the value. No Lua in here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/time.hpp"
#include "engine/model/log.hpp"

namespace holdfast {

struct Value;
using ValueList = std::vector<Value>;
using ValueMap = std::map<std::string, Value>;

// A value that only the engine makes: "point", "copy", "database", "instant", … A runbook can read its
// fields and hand it on; it cannot forge one. Every field that its type has is there, if only as null.
struct Record {
    std::string type;
    ValueMap fields;
};

// Stands for the result of a step in a dry run. `of` says of what, `type` what it would be ("" unknown).
struct Unknown {
    std::string of;
    std::string type;
};

// A thing of the engine's that scripts carry about: an effect, a parameter's declaration. Never stored.
struct HostObject {
    virtual ~HostObject() = default;
    virtual std::string text() const = 0;   // For tostring and messages.
};
using Handle = std::shared_ptr<const HostObject>;   // Shared: Lua's collector and the engine both keep it.

// A function of the script (`reference`) or one that the engine bound (`bound`, its name). Never stored.
struct FunctionValue {
    int reference = 0;
    std::string bound;
};

struct Value {
    using Variant = std::variant<std::monostate, bool, std::int64_t, double, std::string, ValueList, ValueMap, Record,
                                 Unknown, Handle, FunctionValue>;
    Variant held;

    Value() = default;
    Value(bool value) : held(value) {}
    Value(std::int64_t value) : held(value) {}
    Value(std::uint64_t value) : held(static_cast<std::int64_t>(value)) {}
    Value(int value) : held(static_cast<std::int64_t>(value)) {}
    Value(double value) : held(value) {}
    Value(std::string value) : held(std::move(value)) {}
    Value(const char* value) : held(std::string(value)) {}
    Value(ValueList value) : held(std::move(value)) {}
    Value(ValueMap value) : held(std::move(value)) {}
    Value(Record value) : held(std::move(value)) {}
    Value(Unknown value) : held(std::move(value)) {}
    Value(Handle value) : held(std::move(value)) {}
    Value(FunctionValue value) : held(std::move(value)) {}

    bool is_null() const { return std::holds_alternative<std::monostate>(held); }
    bool is_unknown() const { return std::holds_alternative<Unknown>(held); }
    template <typename T>
    const T* as() const {
        return std::get_if<T>(&held);
    }
    // The record where this is one of that type, or nullptr.
    const Record* record(std::string_view type) const;
    // The field of a map or record; null where there is none.
    const Value& field(std::string_view name) const;
    std::string text_or(std::string otherwise) const;
    std::int64_t integer_or(std::int64_t otherwise) const;
};

// True where the values are the same bytes: 1 and 1.0 differ, a handle equals nothing.
bool same_value(const Value& a, const Value& b);

// The canonical bytes. Throws Error{BadRunbook} for a handle, a function or an unknown value inside.
void write_value(ByteWriter& writer, const Value& value);
// Throws Error{Corrupt}; nesting deeper than 32 and sizes beyond what is left are refused.
Value read_value(ByteReader& reader);

// One line for a person: `orders`, `2026-11-20T13:05:00Z`, `{ missing = 31 }`; shortened, control characters escaped.
std::string for_people(const Value& value, std::size_t columns = 200);

// "text", "integer", "a list", "a point", …: for messages.
std::string kind_of(const Value& value);

Value instant_value(Instant at);                     // Record "instant" { millis, text }.
std::optional<Instant> instant_of(const Value& value);
Value before_value(const Before& before);            // The same, with the field `transaction` where one was given.
std::optional<Before> before_of(const Value& value);

}  // namespace holdfast
