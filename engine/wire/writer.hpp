// Values → JSON, by their fields (fields.hpp). For sources of this folder only: it brings nlohmann-json.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "engine/base/strong.hpp"
#include "engine/base/time.hpp"
#include "engine/wire/fields.hpp"

namespace holdfast {
struct Value;   // dsl/lua/value.hpp
}

namespace holdfast::wire {

using Json = nlohmann::ordered_json;   // Fields stay in the order in which fields() names them.

class Writer;

// All ways to write a value, in one class so that each can use the others in any order.
struct Maker {
    static Json of(const std::string& value) { return value; }
    static Json of(std::string_view value) { return std::string(value); }
    static Json of(Instant value) { return to_rfc3339(value); }
    static Json of(Duration value) { return value.count(); }
    static Json of(const std::filesystem::path& value) { return value.string(); }
    static Json of(const holdfast::Value& value);   // value.cpp
    template <typename Number>
        requires(std::integral<Number> || std::floating_point<Number>)
    static Json of(Number value) {
        return value;
    }
    template <typename Enum>
        requires std::is_enum_v<Enum>
    static Json of(Enum value) {
        return std::string(name_of(value));
    }
    template <typename Tag>
    static Json of(const StrongText<Tag>& value) {
        return value.str();
    }
    template <typename Value>
    static Json of(const std::optional<Value>& value) {
        return value ? of(*value) : Json(nullptr);
    }
    template <typename Value>
    static Json of(const std::vector<Value>& values) {
        Json all = Json::array();
        for (const Value& value : values) all.push_back(of(value));
        return all;
    }
    // Names and texts in an order of their own: an object.
    static Json of(const std::vector<std::pair<std::string, std::string>>& texts) {
        Json all = Json::object();
        for (const auto& [name, text] : texts) all[name] = text;
        return all;
    }
    template <typename Value>
        requires std::is_class_v<Value>
    static Json of(const Value& value);
};

class Writer {
public:
    template <typename Value>
    void operator()(const char* name, const Value& value) {
        json_[name] = Maker::of(value);
    }
    Json take() { return std::move(json_); }

private:
    Json json_ = Json::object();
};

template <typename Value>
    requires std::is_class_v<Value>
Json Maker::of(const Value& value) {
    Writer writer;
    fields(writer, value);
    return writer.take();
}

// Bytes from outside that are not UTF-8 become replacement characters, never an exception.
inline std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

// {"version": 1, "kind": kind, …fields of the value}
template <typename Value>
std::string document_of(std::string_view kind, const Value& value) {
    Json all = Json::object();
    all["version"] = 1;
    all["kind"] = std::string(kind);
    all.update(Maker::of(value));
    return text_of(all);
}

// {"version": 1, "kind": kind, name: [values]}
template <typename Values>
std::string list_document_of(std::string_view kind, const char* name, const Values& values) {
    Json all = Json::object();
    all["version"] = 1;
    all["kind"] = std::string(kind);
    all[name] = Maker::of(values);
    return text_of(all);
}

}  // namespace holdfast::wire
