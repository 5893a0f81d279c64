#include "dsl/actions/values.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kSamplesShown = 5;

std::string row_text(const std::vector<std::string>& columns, const SqlRow& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size() && text.size() < 160; ++i) {
        const std::string name = i < columns.size() ? printable(columns[i], 40) : fmt::format("column {}", i + 1);
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, for_people(row[i], 30));
    }
    return text;
}

Value table_value(const TableDifference& table) {
    return ValueMap{{"table", table.table}, {"missing", table.missing}, {"extra", table.extra},
                    {"changed", table.changed}, {"dropped", table.dropped}, {"note", table.note}};
}

std::string text_field(const Value& value, const char* name) { return value.field(name).text_or(""); }

std::uint64_t count_field(const Value& value, const char* name) { return static_cast<std::uint64_t>(value.field(name).integer_or(0)); }

void show_table(const TableDifference& table, std::vector<std::string>& lines) {
    if (table.missing == 0 && table.changed == 0 && table.extra == 0 && table.unreadable == 0 && !table.dropped) return;
    lines.push_back(fmt::format("{}: {} missing, {} changed, {} new{}{}", printable(table.table, 60), format_count(table.missing),
                                format_count(table.changed), format_count(table.extra), table.dropped ? "; the table itself is gone" : "",
                                table.note.empty() ? "" : "; " + table.note));
    for (std::size_t i = 0; i < std::min(table.sample_missing.size(), kSamplesShown); ++i) {
        lines.push_back("  missing: " + row_text(table.columns, table.sample_missing[i]));
    }
    for (std::size_t i = 0; i + 1 < std::min(table.sample_changed.size(), 2 * kSamplesShown); i += 2) {
        lines.push_back("  was:     " + row_text(table.columns, table.sample_changed[i]));
        lines.push_back("  is now:  " + row_text(table.columns, table.sample_changed[i + 1]));
    }
}

}  // namespace

const Value& argument(const ValueMap& arguments, const std::string& name) {
    static const Value kNone;
    const auto found = arguments.find(name);
    return found == arguments.end() ? kNone : found->second;
}

std::vector<std::string> texts_of(const Value& list) {
    std::vector<std::string> texts;
    if (const auto* values = list.as<ValueList>()) {
        for (const Value& text : *values) texts.push_back(text.text_or(""));
    }
    return texts;
}

Value point_value(const RecoveryPoint& point, std::string note) {
    return target_value({.point = point, .log = std::nullopt, .instant = point.instant}, std::move(note));
}

Value target_value(const RecoveryTarget& target, std::string note) {
    const RecoveryPoint& point = target.point;
    return Record{"point",
                  {{"id", point.id.str()},
                   {"database", point.database.str()},
                   {"kind", std::string(name_of(point.kind))},
                   {"instant", instant_value(target.instant)},
                   {"log", target.log ? to_text(*target.log) : ""},
                   {"soundness", std::string(name_of(point.soundness))},
                   {"source_bytes", point.source_bytes},
                   {"stored_bytes", point.stored_bytes},
                   {"note", std::move(note)}}};
}

RecoveryPoint point_of(const Installation& installation, const Value& point) {
    const PointId id(text_field(point, "id"));
    if (auto found = installation.catalog.point(id)) return *found;
    throw Error(ErrorCode::Missing, fmt::format("recovery point {} is not in the catalog", id.str()),
                "It may have expired since; `runbook catalog rebuild` looks into the stores.");
}

RecoveryTarget target_of(const Installation& installation, const Value& point) {
    RecoveryTarget target{.point = point_of(installation, point), .log = std::nullopt, .instant = {}};
    target.instant = instant_of(point.field("instant")).value_or(target.point.instant);
    const std::string log = text_field(point, "log");
    if (log.empty()) return target;
    target.log = parse_log_position(log);
    if (!target.log) throw Error(ErrorCode::Corrupt, fmt::format("\"{}\" is no place in a log", printable(log, 60)));
    return target;
}

Value copy_value(const Place& copy, const RecoveryTarget& target, std::uint64_t bytes) {
    return Record{"copy",
                  {{"database", copy.database.str()},
                   {"engine", std::string(name_of(copy.engine))},
                   {"path", copy.location},
                   {"point", target.point.id.str()},
                   {"instant", instant_value(target.instant)},
                   {"bytes", bytes}}};
}

Value place_value(const Installation& installation, const Place& place) {
    if (!place.is_copy) {
        const DatabaseSpec& spec = installation.database(place.database);
        return Record{"database", {{"name", spec.name.str()}, {"engine", std::string(name_of(spec.engine))}}};
    }
    return Record{"copy",
                  {{"database", place.database.str()}, {"engine", std::string(name_of(place.engine))}, {"path", place.location},
                   {"point", {}}, {"instant", {}}, {"bytes", {}}}};
}

const DatabaseSpec& database_spec_of(const Installation& installation, const Value& value) {
    const std::string name = value.record("database") != nullptr ? text_field(value, "name") : value.text_or("");
    return installation.database(DatabaseName(name));
}

Place place_of(const Installation& installation, const Value& value) {
    if (value.record("copy") == nullptr) return live_place_of(database_spec_of(installation, value));
    const auto engine = parse_engine_kind(text_field(value, "engine"));
    if (!engine) throw Error(ErrorCode::Corrupt, "a copy of an unknown engine");
    return {DatabaseName(text_field(value, "database")), *engine, text_field(value, "path"), true};
}

Value difference_value(const Installation& installation, const Difference& difference) {
    ValueList tables, shown;
    for (const TableDifference& table : difference.tables) tables.push_back(table_value(table));
    for (std::string& line : shown_lines(difference)) shown.emplace_back(std::move(line));
    return Record{"difference",
                  {{"missing", difference.missing},
                   {"extra", difference.extra},
                   {"changed", difference.changed},
                   {"tables", std::move(tables)},
                   {"shown", std::move(shown)},
                   {"digest", difference.digest},
                   {"spool", difference.spool.string()},
                   {"old", place_value(installation, difference.old)},
                   {"new", place_value(installation, difference.now)}}};
}

Difference difference_of(const Installation& installation, const Value& value) {
    Difference difference;
    difference.old = place_of(installation, value.field("old"));
    difference.now = place_of(installation, value.field("new"));
    difference.missing = count_field(value, "missing");
    difference.extra = count_field(value, "extra");
    difference.changed = count_field(value, "changed");
    difference.spool = text_field(value, "spool");
    difference.digest = text_field(value, "digest");
    return difference;
}

std::string sentence_of(const Difference& difference) {
    std::string text;
    std::size_t named = 0, more = 0;
    for (const TableDifference& table : difference.tables) {
        if (table.missing == 0) continue;
        if (named++ >= 6) {
            ++more;
            continue;
        }
        text += text.empty() ? fmt::format("{} missing in {}", counted(table.missing, "row"), printable(table.table, 60))
                             : fmt::format(", {} in {}", format_count(table.missing), printable(table.table, 60));
    }
    if (more > 0) text += fmt::format(" and more in {}", counted(more, "other table"));
    if (text.empty()) text = "no rows missing";
    text += fmt::format("; {} changed", format_count(difference.changed));
    if (difference.extra > 0) text += fmt::format(", {} new", format_count(difference.extra));
    std::uint64_t unreadable = 0;
    for (const TableDifference& table : difference.tables) unreadable += table.unreadable;
    if (unreadable > 0) text += fmt::format("; {} could not be read", counted(unreadable, "place"));
    if (!difference.not_covered.empty()) text += fmt::format("; {} not compared", counted(difference.not_covered.size(), "table"));
    return text;
}

std::vector<std::string> shown_lines(const Difference& difference) {
    std::vector<std::string> lines{sentence_of(difference)};
    for (const TableDifference& table : difference.tables) show_table(table, lines);
    for (const auto& [table, why] : difference.not_covered) lines.push_back(fmt::format("{}: not compared: {}", printable(table, 60), printable(why)));
    lines.push_back(fmt::format("the missing rows are fixed by SHA-256 {}", difference.digest));
    return lines;
}

}  // namespace holdfast
