#include "engine/schedule/zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/schedule/zone_rule.hpp"

namespace holdfast {

// Time is cut into segments with one offset and one abbreviation each: [begin, begin of the next).
struct TimeZone::Table {
    struct Segment {
        Instant begin;
        Duration offset{0};
        std::string abbreviation;
    };
    std::string name;
    std::vector<Segment> segments;         // Never empty; the first begins before anything we ask about.
    std::vector<LocalTime> local_ends;     // [i]: what the clocks show when segment i ends.
    std::vector<Transition> transitions;   // Only those that change the offset.

    void add(Instant begin, Duration offset, const std::string& abbreviation) {
        if (!segments.empty() && segments.back().offset == offset && segments.back().abbreviation == abbreviation) return;
        if (!segments.empty()) {
            const Duration before = segments.back().offset;
            local_ends.push_back(LocalTime(begin.time_since_epoch() + before));
            if (before != offset) transitions.push_back(Transition{.at = begin, .before = before, .after = offset});
        }
        segments.push_back(Segment{.begin = begin, .offset = offset, .abbreviation = abbreviation});
    }
    const Segment& at(Instant when) const {
        const auto after = std::upper_bound(segments.begin(), segments.end(), when,
                                            [](Instant t, const Segment& segment) { return t < segment.begin; });
        return after == segments.begin() ? segments.front() : *std::prev(after);
    }
};

// Tables are made once per zone and never freed or changed, so TimeZone can be a plain pointer.
struct ZoneTables {
    using Table = TimeZone::Table;
    static const Table* of(std::string_view name);
    static TimeZone zone(const Table* table) { return TimeZone(table); }

private:
    static std::unique_ptr<Table> load(const std::string& name);
    static void extend(Table& table);
};

namespace {

constexpr std::string_view kUtc = "UTC";
constexpr auto kTableBegin = date::sys_days{date::year{1800} / 1 / 1};
constexpr std::chrono::year kTableEndYear{2200};
constexpr auto kTableEnd = date::sys_days{date::year{2200} / 1 / 1};
constexpr const char* kZoneInfo = "/usr/share/zoneinfo/";

template <typename SysTime>
Instant instant_of(SysTime at) {
    return Instant(std::chrono::duration_cast<Duration>(at.time_since_epoch()));
}

// The last line of a compiled tz file: the rule that goes on after its last transition (RFC 9636, "Footer").
std::string zone_footer(const std::string& name) {
    std::ifstream file(kZoneInfo + name, std::ios::binary);
    std::string line, last;
    while (std::getline(file, line)) last = line;
    return last;
}

std::vector<std::string> load_zone_names() {
    std::vector<std::string> names;
    try {
        for (const date::time_zone& zone : date::get_tzdb().zones) {
            const std::string& name = zone.name();
            if (name != "localtime" && name != "posixrules" && name != "Factory") names.push_back(name);
        }
    } catch (const std::runtime_error&) {
        // Without a tz database the library throws; there is only UTC then, and the error below says so.
    }
    if (names.empty()) throw Error(ErrorCode::Missing, "this machine has no time zone database", "Install the package tzdata.");
    std::sort(names.begin(), names.end());
    return names;
}

std::string clock_text(LocalTime local) {
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day date(day);
    const std::int64_t millis = (local - day).count();
    std::string text = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", int(date.year()), unsigned(date.month()), unsigned(date.day()),
                                   millis / 3'600'000, millis / 60'000 % 60, millis / 1000 % 60);
    if (millis % 1000 != 0) text += fmt::format(".{:03}", millis % 1000);
    return text;
}

}  // namespace

std::unique_ptr<TimeZone::Table> ZoneTables::load(const std::string& name) {
    auto table = std::make_unique<Table>();
    table->name = name;
    const date::time_zone* zone = date::locate_zone(name);
    for (date::sys_seconds at = kTableBegin; at < kTableEnd;) {
        const date::sys_info segment = zone->get_info(at);
        table->add(instant_of(at), segment.offset, segment.abbrev);
        if (segment.end <= at) break;
        at = segment.end;
    }
    extend(*table);
    return table;
}

// The compiled files list transitions up to 2037 and leave the rest to a rule in their footer, which the library
// does not read; without this, summer time would end for ever in 2037.
void ZoneTables::extend(Table& table) {
    const auto rule = parse_zone_rule(zone_footer(table.name));
    if (!rule) return;
    const Instant last = table.segments.back().begin;
    const std::chrono::year first_year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(last)).year();
    for (auto year = first_year; year < kTableEndYear; ++year) {
        for (const ZoneRule::Moment& moment : rule->changes_in(year)) {
            if (moment.at > last) table.add(moment.at, moment.offset, moment.name);
        }
    }
}

const TimeZone::Table* ZoneTables::of(std::string_view name) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<Table>, std::less<>> tables;
    const std::scoped_lock lock(mutex);
    if (const auto found = tables.find(name); found != tables.end()) return found->second.get();
    std::unique_ptr<Table> made;
    if (name == kUtc) {
        made = std::make_unique<Table>();
        made->name = kUtc;
        made->add(instant_of(kTableBegin), Duration(0), std::string(kUtc));
    } else {
        const std::vector<std::string>& names = zone_names();
        if (!std::binary_search(names.begin(), names.end(), name)) return nullptr;
        made = load(std::string(name));
    }
    return tables.emplace(std::string(name), std::move(made)).first->second.get();
}

std::optional<TimeZone> TimeZone::find(std::string_view name) {
    const Table* table = ZoneTables::of(name);
    return table == nullptr ? std::nullopt : std::optional(TimeZone(table));
}

TimeZone TimeZone::require(std::string_view name) {
    if (const auto zone = find(name)) return *zone;
    const auto meant = closest_match(name, zone_names());
    throw Error(ErrorCode::BadPolicy, fmt::format("there is no time zone \"{}\"", printable(name, 60)),
                meant ? fmt::format("Did you mean {}?", *meant) : "Give an IANA name, such as Europe/Berlin or UTC.");
}

TimeZone TimeZone::utc() { return TimeZone(ZoneTables::of(kUtc)); }

const std::string& TimeZone::name() const { return table_->name; }

Duration TimeZone::offset_at(Instant at) const { return table_->at(at).offset; }

LocalTime TimeZone::to_local(Instant at) const { return LocalTime(at.time_since_epoch() + offset_at(at)); }

LocalReading TimeZone::read(LocalTime local) const {
    // The first segment that ends after this reading; earlier ones never showed it.
    const auto index = static_cast<std::size_t>(
        std::upper_bound(table_->local_ends.begin(), table_->local_ends.end(), local) - table_->local_ends.begin());
    const Table::Segment& segment = table_->segments[index];
    const Instant first(local.time_since_epoch() - segment.offset);
    if (index > 0 && first < segment.begin)
        return {.kind = LocalReading::Kind::Nonexistent, .first = segment.begin, .second = segment.begin};
    if (index + 1 < table_->segments.size()) {
        const Table::Segment& next = table_->segments[index + 1];
        const Instant second(local.time_since_epoch() - next.offset);
        if (second >= next.begin && second != first)
            return {.kind = LocalReading::Kind::Ambiguous, .first = first, .second = second};
    }
    return {.kind = LocalReading::Kind::Unique, .first = first, .second = first};
}

Instant TimeZone::to_utc(LocalTime local) const { return read(local).first; }

std::span<const Transition> TimeZone::transitions(Instant begin, Instant end) const {
    const auto earlier = [](const Transition& transition, Instant at) { return transition.at < at; };
    const auto first = std::lower_bound(table_->transitions.begin(), table_->transitions.end(), begin, earlier);
    const auto last = std::lower_bound(first, table_->transitions.end(), end, earlier);
    return {first, last};
}

std::string TimeZone::to_local_text(Instant at) const {
    return clock_text(to_local(at)) + " " + table_->at(at).abbreviation;
}

std::string TimeZone::to_offset_text(Instant at) const {
    const auto offset = std::chrono::duration_cast<std::chrono::minutes>(offset_at(at)).count();
    std::string text = clock_text(to_local(at));
    text[10] = 'T';
    return text + fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
}

bool zone_exists(std::string_view name) {
    if (name == kUtc) return true;
    const std::vector<std::string>& names = zone_names();
    return std::binary_search(names.begin(), names.end(), name);
}

const std::vector<std::string>& zone_names() {
    static const std::vector<std::string> names = load_zone_names();
    return names;
}

}  // namespace holdfast
