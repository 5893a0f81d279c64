#include "engine/cli/show_log.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/show_point.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kTouchedShown = 4;
constexpr std::size_t kBarLeast = 20, kBarMost = 100;

std::string touched_text(const std::vector<std::string>& touched) {
    std::vector<std::string> shown(touched.begin(), touched.begin() + static_cast<std::ptrdiff_t>(std::min(kTouchedShown, touched.size())));
    std::string text = printable(join(shown, ", "), 200);
    if (touched.size() > kTouchedShown) text += fmt::format(" and {} more", touched.size() - kTouchedShown);
    return text;
}

// When it was committed: to the millisecond, or between two looks.
std::string time_text(const LogTransaction& transaction, Console& console) {
    if (transaction.at - transaction.not_before <= std::chrono::seconds(1)) return console.local(transaction.at);
    return fmt::format("{} to {}", console.local(transaction.not_before), console.local(transaction.at));
}

// What one column of a bar shows: the worst that is in it, but a point over nothing.
char mark_at(const Timeline& timeline, Instant from, Instant until) {
    char mark = ' ';
    for (const TimelineSpan& span : timeline.spans) {
        if (span.from >= until || span.until <= from) continue;
        if (span.kind == SpanKind::Hole) return 'x';
        mark = span.kind == SpanKind::Steps ? '=' : mark == '=' ? '=' : '#';
    }
    if (mark != ' ') return mark;
    const bool point = std::ranges::any_of(timeline.points, [&](const RecoveryPoint& one) { return one.instant >= from && one.instant < until; });
    return point ? '.' : '-';
}

std::string bar(const Timeline& timeline, Instant from, Instant until, std::size_t columns, Console& console) {
    const bool drawn = console.around().out_is_terminal && console.around().colour;
    std::string text;
    const auto width = std::max<std::int64_t>(1, (until - from).count());
    for (std::size_t column = 0; column < columns; ++column) {
        const Instant begin = from + Duration(width * static_cast<std::int64_t>(column) / static_cast<std::int64_t>(columns));
        const Instant end = from + Duration(width * static_cast<std::int64_t>(column + 1) / static_cast<std::int64_t>(columns));
        const char mark = mark_at(timeline, begin, std::max(end, begin + Duration(1)));
        if (!drawn) text += mark;
        else if (mark == '#') text += console.style().good("█");
        else if (mark == '=') text += console.style().doubtful("▒");
        else if (mark == 'x') text += console.style().bad("░");
        else text += mark == '.' ? console.style().strong("•") : console.style().faint("·");
    }
    return text;
}

std::string span_text(const TimelineSpan& span, Console& console) {
    const std::string time = fmt::format("{} to {}", console.local(span.from), console.local(span.until));
    switch (span.kind) {
        case SpanKind::AnySecond:
            return fmt::format("  {}  {}: any transaction, to the second ({})\n", console.style().good("any second"), time, counted(span.transactions, "transaction"));
        case SpanKind::Steps:
            return fmt::format("  {}       {}: any transaction, their times known to {} ({})\n", console.style().doubtful("steps"), time, for_people(span.precision),
                               counted(span.transactions, "transaction"));
        case SpanKind::Hole: return fmt::format("  {}        {}: {}\n", console.style().bad("hole"), time, printable(span.cause, 200));
    }
    return {};
}

}  // namespace

std::string log_done_text(const DatabaseName& database, const LogDone& done, Console& console) {
    std::string text = fmt::format("{} log of {}: {}, {} read, {} stored; everything up to {} is in the store\n", console.style().good("done:"), database.str(),
                                   counted(done.transactions, "transaction"), format_bytes(done.read_bytes), format_bytes(done.stored_bytes),
                                   console.local_and_utc(done.until));
    for (const std::string& note : done.notes) text += fmt::format("  {}\n", note);
    return text;
}

std::string follow_event_text(const DatabaseName& database, const FollowEvent& event, Console& console) {
    const std::string time = console.local(console.now());
    switch (event.kind) {
        case FollowEvent::Kind::Gap: return fmt::format("{}  {} {}", time, console.style().bad("gap:"), event.text);
        case FollowEvent::Kind::Waiting: return fmt::format("{}  {} {}: {}", time, console.style().doubtful("waiting:"), database.str(), event.text);
        default: return fmt::format("{}  {}", time, event.text);
    }
}

std::string followed_text(const std::vector<FollowedDatabase>& followed, Console& console) {
    std::string text;
    for (const FollowedDatabase& one : followed) {
        text += fmt::format("{}: {}, {} stored{}; everything up to {} is in the store\n", console.style().strong(one.database.str()),
                            counted(one.outcome.transactions, "transaction"), format_bytes(one.outcome.stored_bytes),
                            one.outcome.gaps == 0 ? "" : ", " + counted(one.outcome.gaps, "gap"), console.local_and_utc(one.outcome.until));
    }
    return text;
}

std::string listing_text(const LogAsked& asked, const LogListing& listing, Console& console) {
    if (listing.transactions.empty()) return fmt::format("The log of {} has no transaction there.\n", asked.database.str());
    // A server's log is of rows.
    const bool by_page = std::ranges::any_of(listing.transactions, [](const ListedTransaction& one) { return one.transaction.page_count > 0; });
    Table table = by_page ? Table({{"TRANSACTION"}, {"COMMITTED"}, {"PAGES", Table::Align::Right}, {"TOUCHED"}}) : Table({{"TRANSACTION"}, {"COMMITTED"}, {"DONE"}});
    for (const ListedTransaction& one : listing.transactions) {
        std::vector<std::string> row{short_text(one.position), time_text(one.transaction, console)};
        if (by_page) row.push_back(format_count(one.transaction.page_count));
        row.push_back(touched_text(one.touched));
        table.add(std::move(row));
    }
    std::string text = table.text(console.style());
    if (!listing.note.empty()) text += listing.note + "\n";
    const ListedTransaction& last = listing.transactions.back();
    text += fmt::format("\n{} of {} in the log. Just before one of them: --before {}\n", format_count(listing.transactions.size()),
                        counted(listing.in_all, "transaction"), short_text(last.position));
    return text;
}

std::string timelines_text(const std::vector<TimelineRow>& rows, Console& console) {
    if (rows.empty()) return "The policy has no database.\n";
    std::size_t widest = 0;
    Instant from = Instant::max(), until = Instant::min();
    for (const TimelineRow& row : rows) {
        widest = std::max(widest, columns_of(row.timeline.database.str()));
        from = std::min(from, row.timeline.from);
        until = std::max(until, row.timeline.until);
    }
    const std::size_t room = console.around().columns > widest + 4 ? console.around().columns - widest - 4 : kBarLeast;
    const std::size_t columns = std::clamp(room, kBarLeast, kBarMost);
    std::string text = fmt::format("{} to {}\n", console.local(from), console.local(until));
    for (const TimelineRow& row : rows) {
        text += fmt::format("{}{}  {}\n", row.timeline.database.str(), std::string(widest - columns_of(row.timeline.database.str()), ' '),
                            bar(row.timeline, from, until, columns, console));
    }
    text += console.around().out_is_terminal && console.around().colour ? "█ any second  ▒ in steps  • a single point  ░ hole  · nothing\n"
                                                                         : "# any second  = in steps  . a single point  x hole  - nothing\n";
    for (const TimelineRow& row : rows) {
        text += fmt::format("\n{}: {}{}\n", console.style().strong(row.timeline.database.str()), counted(row.timeline.points.size(), "point"),
                            row.followed ? ", followed just now" : "");
        if (!row.timeline.points.empty()) text += fmt::format("  newest point {}\n", point_line(row.timeline.points.back(), console));
        for (const TimelineSpan& span : row.timeline.spans) text += span_text(span, console);
    }
    return text;
}

}  // namespace holdfast
