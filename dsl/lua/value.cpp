#include "dsl/lua/value.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr int kNestingMax = 32;

// The numbers are written to journals: never renumber.
enum Tag : std::uint8_t { kNull = 0, kFalse = 1, kTrue = 2, kInteger = 3, kReal = 4, kText = 5, kList = 6, kMap = 7, kRecord = 8 };

Value read_value_at(ByteReader& reader, int depth);

ValueMap read_fields(ByteReader& reader, int depth) {
    ValueMap fields;
    const std::size_t count = reader.count(2);
    for (std::size_t i = 0; i < count; ++i) {
        std::string name = reader.text();
        if (!fields.empty() && !(fields.rbegin()->first < name)) {
            throw Error(ErrorCode::Corrupt, "a value's fields are not in order");
        }
        fields.emplace_hint(fields.end(), std::move(name), read_value_at(reader, depth + 1));
    }
    return fields;
}

Value read_list(ByteReader& reader, int depth) {
    ValueList list;
    const std::size_t count = reader.count(1);
    for (std::size_t i = 0; i < count; ++i) list.push_back(read_value_at(reader, depth + 1));
    return list;
}

Value read_value_at(ByteReader& reader, int depth) {
    if (depth > kNestingMax) throw Error(ErrorCode::Corrupt, "a value is nested too deeply");
    switch (reader.u8()) {
        case kNull: return {};
        case kFalse: return false;
        case kTrue: return true;
        case kInteger: return static_cast<std::int64_t>(reader.u64());
        case kReal: return std::bit_cast<double>(reader.u64());
        case kText: return reader.text();
        case kList: return read_list(reader, depth);
        case kMap: return read_fields(reader, depth);
        case kRecord: {
            std::string type = reader.text();
            return Record{std::move(type), read_fields(reader, depth)};
        }
        default: throw Error(ErrorCode::Corrupt, "a value of an unknown kind");
    }
}

void write_fields(ByteWriter& writer, const ValueMap& fields) {
    writer.varint(fields.size());
    for (const auto& [name, value] : fields) {
        writer.text(name);
        write_value(writer, value);
    }
}

struct ValueWriter {
    ByteWriter& writer;

    void operator()(std::monostate) const { writer.u8(kNull); }
    void operator()(bool value) const { writer.u8(value ? kTrue : kFalse); }
    void operator()(std::int64_t value) const {
        writer.u8(kInteger);
        writer.u64(static_cast<std::uint64_t>(value));
    }
    void operator()(double value) const {
        writer.u8(kReal);
        writer.u64(std::bit_cast<std::uint64_t>(value));
    }
    void operator()(const std::string& value) const {
        writer.u8(kText);
        writer.text(value);
    }
    void operator()(const ValueList& list) const {
        writer.u8(kList);
        writer.varint(list.size());
        for (const Value& value : list) write_value(writer, value);
    }
    void operator()(const ValueMap& map) const {
        writer.u8(kMap);
        write_fields(writer, map);
    }
    void operator()(const Record& record) const {
        writer.u8(kRecord);
        writer.text(record.type);
        write_fields(writer, record.fields);
    }
    void operator()(const Unknown& unknown) const { refuse(unknown.of); }
    void operator()(const Handle& handle) const { refuse(handle ? handle->text() : "nothing"); }
    void operator()(const FunctionValue&) const { refuse("a function"); }

    [[noreturn]] static void refuse(const std::string& what) {
        throw Error(ErrorCode::BadRunbook, fmt::format("{} cannot be kept in the run's record", what),
                    "Hand on texts, numbers, lists and the results of steps only.");
    }
};

std::string text_of(const Value& value);

std::string fields_text(const ValueMap& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        if (value.is_null()) continue;
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, text_of(value));
        if (text.size() > 1000) break;   // It is shortened to far less afterwards.
    }
    return "{ " + text + " }";
}

// Records that have a name of their own are shown by it.
std::string record_text(const Record& record) {
    for (const char* name : {"text", "name", "id", "path"}) {
        const auto field = record.fields.find(name);
        if (field != record.fields.end() && field->second.as<std::string>() != nullptr) return *field->second.as<std::string>();
    }
    return fields_text(record.fields);
}

struct ValueText {
    std::string operator()(std::monostate) const { return "nil"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
    std::string operator()(double value) const { return fmt::format("{}", value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const ValueList& list) const {
        std::string text;
        for (const Value& value : list) {
            text += (text.empty() ? "" : ", ") + text_of(value);
            if (text.size() > 1000) break;
        }
        return text.empty() ? "none" : text;
    }
    std::string operator()(const ValueMap& map) const { return fields_text(map); }
    std::string operator()(const Record& record) const { return record_text(record); }
    std::string operator()(const Unknown& unknown) const { return "‹" + unknown.of + "›"; }
    std::string operator()(const Handle& handle) const { return handle ? handle->text() : "nothing"; }
    std::string operator()(const FunctionValue& function) const { return function.bound.empty() ? "a function" : function.bound; }
};

std::string text_of(const Value& value) { return std::visit(ValueText{}, value.held); }

const Value kNothing;

}  // namespace

const Record* Value::record(std::string_view type) const {
    const auto* found = as<Record>();
    return found != nullptr && found->type == type ? found : nullptr;
}

const Value& Value::field(std::string_view name) const {
    const ValueMap* fields = as<ValueMap>();
    if (const auto* found = as<Record>()) fields = &found->fields;
    if (fields == nullptr) return kNothing;
    const auto at = fields->find(std::string(name));
    return at == fields->end() ? kNothing : at->second;
}

std::string Value::text_or(std::string otherwise) const {
    const auto* text = as<std::string>();
    return text != nullptr ? *text : std::move(otherwise);
}

std::int64_t Value::integer_or(std::int64_t otherwise) const {
    const auto* integer = as<std::int64_t>();
    return integer != nullptr ? *integer : otherwise;
}

void write_value(ByteWriter& writer, const Value& value) { std::visit(ValueWriter{writer}, value.held); }

Value read_value(ByteReader& reader) { return read_value_at(reader, 0); }

bool same_value(const Value& a, const Value& b) {
    if (a.held.index() != b.held.index() || a.as<Handle>() != nullptr || a.as<FunctionValue>() != nullptr) return false;
    if (a.is_unknown()) return a.as<Unknown>()->of == b.as<Unknown>()->of;
    ByteWriter bytes_a, bytes_b;
    write_value(bytes_a, a);
    write_value(bytes_b, b);
    return bytes_a.bytes() == bytes_b.bytes();
}

std::string for_people(const Value& value, std::size_t columns) { return printable(text_of(value), columns); }

std::string kind_of(const Value& value) {
    static constexpr std::string_view kKinds[] = {"nil", "a boolean", "an integer", "a number", "text", "a list", "a table",
                                                  "", "", "", "a function"};
    if (const auto* found = value.as<Record>()) return "a value of type " + found->type;
    if (const auto* unknown = value.as<Unknown>()) return unknown->type.empty() ? "an unknown value" : "a value of type " + unknown->type;
    if (const auto* handle = value.as<Handle>()) return *handle ? (*handle)->text() : "nothing";
    return std::string(kKinds[value.held.index()]);
}

Value instant_value(Instant at) {
    return Record{"instant", {{"millis", to_millis(at)}, {"text", to_rfc3339(at)}}};
}

Value before_value(const Before& before) {
    Record record = *instant_value(before.at).record("instant");
    if (before.transaction) record.fields["transaction"] = to_text(*before.transaction);
    return record;
}

std::optional<Before> before_of(const Value& value) {
    const auto at = instant_of(value);
    if (!at) return std::nullopt;
    Before before{*at, std::nullopt};
    const auto& fields = value.record("instant")->fields;
    const auto transaction = fields.find("transaction");
    if (transaction != fields.end()) before.transaction = parse_log_position(transaction->second.text_or(""));
    return before;
}

std::optional<Instant> instant_of(const Value& value) {
    const Record* found = value.record("instant");
    if (found == nullptr) return std::nullopt;
    const auto millis = found->fields.find("millis");
    if (millis == found->fields.end() || millis->second.as<std::int64_t>() == nullptr) return std::nullopt;
    return from_millis(*millis->second.as<std::int64_t>());
}

}  // namespace holdfast
