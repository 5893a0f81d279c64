// JSON → values, by the same fields (fields.hpp), strictly: every field must be there and of its type, and
// none beyond. For sources of this folder only.
#pragma once

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/wire/writer.hpp"

namespace holdfast::wire {

[[noreturn]] inline void refuse_json(const std::string& where, std::string_view why) {
    throw Error(ErrorCode::Corrupt, fmt::format("{}: {}", where.empty() ? "the document" : where, why),
                "The file was changed or written by another version; make it anew.");
}

inline void read(const Json& json, const std::string& where, std::string& value) {
    if (!json.is_string()) refuse_json(where, "a text is expected");
    value = json.get<std::string>();
}
inline void read(const Json& json, const std::string& where, Instant& value) {
    std::string text;
    read(json, where, text);
    const auto at = parse_rfc3339(text);
    if (!at) refuse_json(where, "an instant is expected");
    value = *at;
}
template <typename Tag>
void read(const Json& json, const std::string& where, StrongText<Tag>& value) {
    read(json, where, value.text);
}
template <std::integral Number>
void read(const Json& json, const std::string& where, Number& value) {
    const bool fits = std::is_signed_v<Number> ? json.is_number_integer() : json.is_number_unsigned();
    if (!fits) refuse_json(where, "a whole number is expected");
    value = json.get<Number>();
    if (json != Json(value)) refuse_json(where, "the number is too large");
}
inline void read(const Json& json, const std::string& where, Duration& value) {
    std::int64_t millis = 0;
    read(json, where, millis);
    value = Duration(millis);
}
template <typename Enum>
    requires std::is_enum_v<Enum>
void read(const Json& json, const std::string& where, Enum& value) {
    std::string text;
    read(json, where, text);
    for (int member = 0; member < kMembers<Enum>; ++member) {
        value = static_cast<Enum>(member);
        if (name_of(value) == text) return;
    }
    refuse_json(where, "a word that is not known");
}
template <typename Value>
    requires std::is_class_v<Value>
void read(const Json& json, const std::string& where, Value& value);
template <typename Value>
void read(const Json& json, const std::string& where, std::optional<Value>& value) {
    value.reset();
    if (!json.is_null()) read(json, where, value.emplace());
}
template <typename Value>
void read(const Json& json, const std::string& where, std::vector<Value>& values) {
    if (!json.is_array()) refuse_json(where, "a list is expected");
    values.clear();
    for (const Json& one : json) {
        const std::string inside = fmt::format("{}[{}]", where, values.size());
        read(one, inside, values.emplace_back());
    }
}

class Reader {
public:
    Reader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
        if (!json_.is_object()) refuse_json(where_, "an object is expected");
    }
    template <typename Value>
    void operator()(const char* name, Value& value) {
        const std::string inside = where_.empty() ? name : where_ + "." + name;
        const auto found = json_.find(name);
        if (found == json_.end()) refuse_json(inside, "it is missing");
        read(*found, inside, value);
        ++seen_;
    }
    void expect_no_more(std::size_t others) const {
        if (json_.size() != seen_ + others) refuse_json(where_, "it has a field that is not known");
    }

private:
    const Json& json_;
    std::string where_;
    std::size_t seen_ = 0;
};

template <typename Value>
    requires std::is_class_v<Value>
void read(const Json& json, const std::string& where, Value& value) {
    Reader reader(json, where);
    fields(reader, value);
    reader.expect_no_more(0);
}

// Reads {"version": 1, "kind": kind, …}.
template <typename Value>
Value value_of_document(std::string_view kind, std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object()) refuse_json("", "it is not JSON");
    if (!json.contains("version") || json["version"] != 1) refuse_json("version", "it is not 1");
    if (!json.contains("kind") || json["kind"] != std::string(kind)) refuse_json("kind", fmt::format("it is not {}", kind));
    Value value;
    Reader reader(json, "");
    fields(reader, value);
    reader.expect_no_more(2);
    return value;
}

}  // namespace holdfast::wire
