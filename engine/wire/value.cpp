#include "dsl/lua/value.hpp"
#include "engine/wire/writer.hpp"

namespace holdfast::wire {
namespace {

Json json_of_map(const ValueMap& map) {
    Json all = Json::object();
    for (const auto& [name, value] : map) all[name] = Maker::of(value);
    return all;
}

Json json_of_record(const holdfast::Value& value, const Record& record) {
    if (const auto at = instant_of(value)) return to_rfc3339(*at);
    Json all = Json::object();
    all["type"] = record.type;
    all.update(json_of_map(record.fields));
    return all;
}

}  // namespace

Json Maker::of(const holdfast::Value& value) {
    if (value.is_null()) return nullptr;
    if (const auto* yes = value.as<bool>()) return *yes;
    if (const auto* whole = value.as<std::int64_t>()) return *whole;
    if (const auto* real = value.as<double>()) return *real;
    if (const auto* text = value.as<std::string>()) return *text;
    if (const auto* map = value.as<ValueMap>()) return json_of_map(*map);
    if (const auto* record = value.as<Record>()) return json_of_record(value, *record);
    if (const auto* list = value.as<ValueList>()) {
        Json all = Json::array();
        for (const holdfast::Value& one : *list) all.push_back(Maker::of(one));
        return all;
    }
    return for_people(value);
}

}  // namespace holdfast::wire
