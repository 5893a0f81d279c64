#include "engine/wire/query_json.hpp"

#include <cmath>

#include "engine/wire/result_fields.hpp"
#include "engine/wire/writer.hpp"

namespace holdfast {
namespace {

using wire::Json;

bool is_utf8(const std::string& text) {
    try {
        static_cast<void>(Json(text).dump());
        return true;
    } catch (const Json::type_error&) {   // How the library says that a text is none.
        return false;
    }
}

Json json_of(const SqlValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
    if (const auto* real = std::get_if<double>(&value)) {
        if (std::isfinite(*real)) return *real;
        return Json{{"real", *real > 0 ? "Infinity" : "-Infinity"}};
    }
    if (const auto* text = std::get_if<std::string>(&value)) return is_utf8(*text) ? Json(*text) : Json{{"text_base64", to_base64(as_bytes(*text))}};
    if (const auto* blob = std::get_if<Bytes>(&value)) return Json{{"base64", to_base64(*blob)}};
    return nullptr;
}

std::string compact(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// The object's fields without its braces.
std::string fields_text(const Json& json) {
    std::string all;
    for (const auto& [name, value] : json.items()) all += (all.empty() ? "  " : ",\n  ") + compact(name) + ": " + compact(value);
    return all;
}

Json closing_fields(const StateQuery& query, bool complete) {
    Json all = Json::object();
    all["row_count"] = query.row_count();
    all["more_rows"] = query.has_more_rows();
    all["complete"] = complete;
    all["fetched_bytes"] = query.fetched_bytes();
    all["took_ms"] = wire::Maker::of(query.took());
    return all;
}

}  // namespace

std::string QueryJson::begin(const StateQuery& query) {
    Json all = Json::object();
    all["version"] = 1;
    all["kind"] = "query";
    all["database"] = query.target().point.database.str();
    all["point"] = query.target().point.id.str();
    all["log"] = query.target().log ? Json(to_text(*query.target().log)) : Json(nullptr);
    all["instant"] = wire::Maker::of(query.target().instant);
    all["store"] = query.store().str();
    all["columns"] = wire::Maker::of(query.columns());
    return "{\n" + fields_text(all) + ",\n  \"rows\": [";
}

std::string QueryJson::row(const SqlRow& row) {
    Json values = Json::array();
    for (const SqlValue& value : row) values.push_back(json_of(value));
    return (std::exchange(any_row_, true) ? ",\n    " : "\n    ") + compact(values);
}

std::string QueryJson::end(const StateQuery& query) {
    return (any_row_ ? "\n  ],\n" : "],\n") + fields_text(closing_fields(query, true)) + "\n}\n";
}

std::string QueryJson::end_with(const Error& error, const StateQuery& query) {
    Json all = closing_fields(query, false);
    all["error"] = {{"code", std::string(name_of(error.code))}, {"message", error.message}, {"hint", error.hint}};
    return (any_row_ ? "\n  ],\n" : "],\n") + fields_text(all) + "\n}\n";
}

}  // namespace holdfast
