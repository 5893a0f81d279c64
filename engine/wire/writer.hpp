// Values → JSON, by their fields (fields.hpp). For sources of this folder only: it brings nlohmann-json.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "engine/base/strong.hpp"
#include "engine/base/time.hpp"
#include "engine/wire/fields.hpp"

namespace holdfast::wire {

using Json = nlohmann::ordered_json;   // Fields stay in the order in which fields() names them.

class Writer;

inline Json json_of(bool value) { return value; }
inline Json json_of(const std::string& value) { return value; }
inline Json json_of(std::string_view value) { return std::string(value); }
inline Json json_of(const char* value) { return std::string(value); }
inline Json json_of(Instant value) { return to_rfc3339(value); }
inline Json json_of(Duration value) { return value.count(); }
inline Json json_of(const std::filesystem::path& value) { return value.string(); }
template <typename Tag>
Json json_of(const StrongText<Tag>& value) {
    return value.str();
}
template <typename Number>
    requires(std::integral<Number> || std::floating_point<Number>)
Json json_of(Number value) {
    return value;
}
template <typename Enum>
    requires std::is_enum_v<Enum>
Json json_of(Enum value) {
    return std::string(name_of(value));
}
template <typename Value>
    requires std::is_class_v<Value>
Json json_of(const Value& value);
template <typename Value>
Json json_of(const std::optional<Value>& value) {
    return value ? json_of(*value) : Json(nullptr);
}
template <typename Value>
Json json_of(const std::vector<Value>& values) {
    Json all = Json::array();
    for (const Value& value : values) all.push_back(json_of(value));
    return all;
}
template <typename Value>
Json json_of(const std::map<std::string, Value>& values) {
    Json all = Json::object();
    for (const auto& [name, value] : values) all[name] = json_of(value);
    return all;
}

class Writer {
public:
    template <typename Value>
    void operator()(const char* name, const Value& value) {
        json_[name] = json_of(value);
    }
    Json take() { return std::move(json_); }

private:
    Json json_ = Json::object();
};

template <typename Value>
    requires std::is_class_v<Value>
Json json_of(const Value& value) {
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
    all.update(json_of(value));
    return text_of(all);
}

// {"version": 1, "kind": kind, name: [values]}
template <typename Values>
std::string list_document_of(std::string_view kind, const char* name, const Values& values) {
    Json all = Json::object();
    all["version"] = 1;
    all["kind"] = std::string(kind);
    all[name] = json_of(values);
    return text_of(all);
}

}  // namespace holdfast::wire
