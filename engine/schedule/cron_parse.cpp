#include <algorithm>
#include <cctype>
#include <charconv>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/schedule/cron.hpp"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"january", "february", "march",     "april",   "may",      "june",
                                                   "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

struct CronField {
    std::string_view noun, plural;
    int min, max;
    std::string_view range_says;
};
constexpr std::array<CronField, 5> kFields{{
    {"minute", "Minutes", 0, 59, "Minutes go from 0 to 59."},
    {"hour", "Hours", 0, 23, "Hours go from 0 to 23."},
    {"day of the month", "Days of the month", 1, 31, "Days of the month go from 1 to 31; L is the last one."},
    {"month", "Months", 1, 12, "Months go from 1 to 12, or Jan to Dec."},
    {"day of the week", "Days of the week", 0, 7, "Days of the week go from 0 (Sunday) to 7 (Sunday again), or Sun to Sat."},
}};
constexpr std::size_t kDayOfMonth = 2, kMonth = 3, kDayOfWeek = 4;

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kMacros{{
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"}, {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"},
}};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

// "Fri" and "Friday" are the fifth weekday; nothing for other words.
template <std::size_t N>
std::optional<int> index_of_name(const std::array<std::string_view, N>& names, std::string_view word) {
    const std::string lower = lower_case(word);
    for (std::size_t i = 0; i < N; ++i) {
        if (lower == names[i] || lower == names[i].substr(0, 3)) return static_cast<int>(i);
    }
    return std::nullopt;
}

struct CronPiece {
    std::string_view text;
    int column;
    CronPiece from(std::size_t offset) const { return {text.substr(offset), column + static_cast<int>(offset)}; }
    CronPiece first(std::size_t length) const { return {text.substr(0, length), column}; }
};

// Cuts at blanks, or at `separator`, and remembers where each piece stood.
std::vector<CronPiece> cut_pieces(const CronPiece& whole, std::string_view separators, bool keep_empty) {
    std::vector<CronPiece> pieces;
    for (std::size_t begin = 0; begin <= whole.text.size();) {
        const std::size_t end = std::min(whole.text.find_first_of(separators, begin), whole.text.size());
        if (keep_empty || end > begin) pieces.push_back({whole.text.substr(begin, end - begin), whole.column + static_cast<int>(begin)});
        begin = end + 1;
    }
    return pieces;
}

}  // namespace

// Reads one line; stops at the first problem by throwing it, which never leaves parse().
class CronReader {
public:
    Cron read(std::string_view line) {
        cron_.line_ = std::string(trim(line));
        std::string_view text = line;
        for (const auto& [macro, meaning] : kMacros) {
            if (lower_case(trim(line)) == macro) text = meaning;
        }
        const auto fields = cut_pieces({text, 1}, " \t\r\n", false);
        check_count(line, fields);
        for (std::size_t i = 0; i < kFields.size(); ++i) read_field(i, fields[i]);
        cron_.any_day_ = fields[kDayOfMonth].text.front() == '*';
        cron_.any_weekday_ = fields[kDayOfWeek].text.front() == '*';
        if (!cron_.next_local(LocalTime(Duration(-1))))
            throw CronProblem{.column = fields[kDayOfMonth].column, .reason = "no day ever matches: no such month has that day",
                              .fix = "Give a day that the month has; L is the last day of every month."};
        return std::move(cron_);
    }

private:
    static void check_count(std::string_view line, const std::vector<CronPiece>& fields) {
        if (!fields.empty() && fields.front().text.front() == '@')
            throw CronProblem{.column = fields.front().column, .reason = fmt::format("there is no shorthand {}", printable(fields.front().text, 20)),
                              .fix = "Use @hourly, @daily, @weekly, @monthly or @yearly, or five fields."};
        if (fields.size() < kFields.size())
            throw CronProblem{.column = static_cast<int>(std::min<std::size_t>(line.size(), 10'000)) + 1,
                              .reason = fmt::format("there are {} fields instead of five", fields.size()),
                              .fix = "Give minute, hour, day of month, month and day of week, such as 0 2 * * *."};
        if (fields.size() > kFields.size())
            throw CronProblem{.column = fields[kFields.size()].column, .reason = fmt::format("there are {} fields instead of five", fields.size()),
                              .fix = "Give minute, hour, day of month, month and day of week; there are no seconds and no years."};
    }

    void read_field(std::size_t index, const CronPiece& field) {
        for (const CronPiece& piece : cut_pieces(field, ",", true)) {
            if (piece.text.empty())
                throw CronProblem{.column = piece.column, .reason = "a list has an empty place", .fix = "Remove the comma or put a value there."};
            read_part(index, piece);
        }
    }

    void read_part(std::size_t index, const CronPiece& piece) {
        if (index == kDayOfMonth && lower_case(piece.text) == "l") {
            cron_.last_day_ = true;
            add_part(index, {.kind = Cron::Part::Kind::LastDay});
            return;
        }
        if (index == kDayOfWeek && (read_nth_weekday(piece) || read_last_weekday(piece))) return;
        read_range(index, piece);
    }

    // "Mon#2"
    bool read_nth_weekday(const CronPiece& piece) {
        const std::size_t hash = piece.text.find('#');
        if (hash == std::string_view::npos) return false;
        const int weekday = read_value(kDayOfWeek, piece.first(hash)) % 7;
        const std::string_view number = piece.text.substr(hash + 1);
        if (number.size() != 1 || number[0] < '1' || number[0] > '5')
            throw CronProblem{.column = piece.column + static_cast<int>(hash) + 1, .reason = "after # comes a number from 1 to 5",
                              .fix = "Write Mon#2 for the second Monday of the month, or MonL for the last."};
        const int nth = number[0] - '0';
        cron_.nth_weekdays_[static_cast<std::size_t>(nth)] |= std::uint32_t{1} << weekday;
        add_part(kDayOfWeek, {.kind = Cron::Part::Kind::NthWeekday, .first = weekday, .last = weekday, .step = nth});
        return true;
    }

    // "5L", "FriL"
    bool read_last_weekday(const CronPiece& piece) {
        if (piece.text.back() != 'L' && piece.text.back() != 'l') return false;
        if (piece.text.size() == 1)
            throw CronProblem{.column = piece.column, .reason = "L alone names no day of the week",
                              .fix = "Write 5L or FriL for the last Friday of the month; L belongs into the day of the month."};
        const int weekday = read_value(kDayOfWeek, piece.first(piece.text.size() - 1)) % 7;
        cron_.last_weekdays_ |= std::uint32_t{1} << weekday;
        add_part(kDayOfWeek, {.kind = Cron::Part::Kind::LastWeekday, .first = weekday, .last = weekday});
        return true;
    }

    // "*", "5", "1-5", each with "/2" or without.
    void read_range(std::size_t index, const CronPiece& piece) {
        const CronField& field = kFields[index];
        Cron::Part part;
        const std::size_t slash = piece.text.find('/');
        const CronPiece span = piece.first(std::min(slash, piece.text.size()));
        const std::size_t dash = span.text.find('-');
        if (span.text == "*") {
            part = {.kind = Cron::Part::Kind::Any, .first = field.min, .last = index == kDayOfWeek ? 6 : field.max};
        } else if (dash != std::string_view::npos) {
            part = {.kind = Cron::Part::Kind::Range, .first = read_value(index, span.first(dash)), .last = read_value(index, span.from(dash + 1))};
            if (index == kDayOfWeek && part.last == 0 && part.first > 0) part.last = 7;
            if (part.last < part.first) refuse_backward_range(index, span, part);
        } else {
            const int value = read_value(index, span);
            part = {.kind = Cron::Part::Kind::Value, .first = value, .last = value};
            // "5/15" is every fifteenth from 5 on, as most crons have it.
            if (slash != std::string_view::npos) part = {.kind = Cron::Part::Kind::Range, .first = value, .last = index == kDayOfWeek ? 6 : field.max};
        }
        if (slash != std::string_view::npos) part.step = read_step(index, piece.from(slash + 1));
        add_values(index, part);
    }

    [[noreturn]] static void refuse_backward_range(std::size_t index, const CronPiece& span, const Cron::Part& part) {
        const int top = index == kDayOfWeek ? 6 : kFields[index].max;
        throw CronProblem{.column = span.column, .reason = fmt::format("the range {} goes backwards", span.text),
                          .fix = fmt::format("Write {}-{},{}-{}.", part.first, top, kFields[index].min, part.last)};
    }

    static int read_step(std::size_t index, const CronPiece& piece) {
        int step = 0;
        const auto [end, fault] = std::from_chars(piece.text.data(), piece.text.data() + piece.text.size(), step);
        if (fault != std::errc() || end != piece.text.data() + piece.text.size() || step < 1)
            throw CronProblem{.column = piece.column, .reason = "after / comes a whole number from 1", .fix = "Write */15 for every fifteenth."};
        if (step > kFields[index].max)
            throw CronProblem{.column = piece.column, .reason = fmt::format("a step of {} leaves this field at once", step),
                              .fix = std::string(kFields[index].range_says)};
        return step;
    }

    static int read_value(std::size_t index, const CronPiece& piece) {
        const CronField& field = kFields[index];
        if (index == kMonth) {
            if (const auto month = index_of_name(kMonths, piece.text)) return *month + 1;
        }
        if (index == kDayOfWeek) {
            if (const auto weekday = index_of_name(kWeekdays, piece.text)) return *weekday;
        }
        if (piece.text == "?")
            throw CronProblem{.column = piece.column, .reason = "? is not part of these cron lines", .fix = "Write * for any."};
        int value = 0;
        const auto [end, fault] = std::from_chars(piece.text.data(), piece.text.data() + piece.text.size(), value);
        const bool number = fault != std::errc::invalid_argument && end == piece.text.data() + piece.text.size() && !piece.text.empty() && piece.text.front() != '-';
        if (number && fault == std::errc() && value >= field.min && value <= field.max) return value;
        throw CronProblem{.column = piece.column,
                          .reason = piece.text.empty() ? fmt::format("a {} is missing here", field.noun)
                                                       : fmt::format("there is no {} \"{}\"", field.noun, printable(piece.text, 20)),
                          .fix = std::string(field.range_says)};
    }

    void add_part(std::size_t index, const Cron::Part& part) { cron_.parts_[index].push_back(part); }

    void add_values(std::size_t index, const Cron::Part& part) {
        for (int value = part.first; value <= part.last; value += part.step) {
            switch (index) {
                case 0: cron_.minutes_ |= std::uint64_t{1} << value; break;
                case 1: cron_.hours_ |= std::uint32_t{1} << value; break;
                case kDayOfMonth: cron_.days_ |= std::uint32_t{1} << value; break;
                case kMonth: cron_.months_ |= std::uint32_t{1} << value; break;
                default: cron_.weekdays_ |= std::uint32_t{1} << (value % 7); break;
            }
        }
        add_part(index, part);
    }

    Cron cron_;
};

std::variant<Cron, CronProblem> Cron::parse(std::string_view line) {
    try {
        return CronReader().read(line);
    } catch (CronProblem& problem) {
        return std::move(problem);
    }
}

}  // namespace holdfast
