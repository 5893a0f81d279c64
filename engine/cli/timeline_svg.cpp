#include "engine/cli/timeline_svg.hpp"

#include <algorithm>
#include <array>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/markup.hpp"
#include "engine/cli/time_ticks.hpp"

namespace holdfast {
namespace {

constexpr double kWhole = 1180, kRight = 34, kTop = 62, kRow = 26, kBar = 14, kFoot = 26, kLate = 4;
constexpr double kLetter = 7.8;                   // Of the names' font where it is bold, on average.
constexpr std::size_t kNameColumns = 30;
constexpr std::size_t kRowsWithoutFoot = 12;      // More, and the axis stands below them as well.
constexpr int kTicksMost = 9;

// A moment or a span that can be brought back.
struct Covered {
    Instant from, until;
};

std::vector<Covered> covered_by(const Timeline& timeline) {
    std::vector<Covered> covered;
    for (const TimelineSpan& span : timeline.spans) {
        if (span.kind != SpanKind::Hole) covered.push_back({span.from, span.until});
    }
    for (const RecoveryPoint& point : timeline.points) covered.push_back({point.instant, point.instant});
    std::ranges::sort(covered, {}, &Covered::from);
    return covered;
}

// Where two of them lie further apart than the RPO: what was promised could not have been kept there.
std::vector<Covered> late_spans(const Timeline& timeline, std::optional<Duration> rpo) {
    std::vector<Covered> late;
    const auto covered = covered_by(timeline);
    if (!rpo || covered.empty()) return late;
    Instant reached = covered.front().until;
    const auto meet = [&](Instant next) {
        if (next - reached > *rpo) late.push_back({reached, next});
    };
    for (const Covered& one : covered) {
        meet(one.from);
        reached = std::max(reached, one.until);
    }
    meet(timeline.until);
    return late;
}

class Picture {
public:
    Picture(const std::vector<TimelineRow>& rows, Console& console) : rows_(rows), console_(console) {
        std::size_t longest = 8;
        for (const TimelineRow& row : rows) {
            from_ = std::min(from_, row.timeline.from);
            until_ = std::max(until_, row.timeline.until);
            longest = std::max(longest, columns_of(printable(row.timeline.database.str(), kNameColumns)));
        }
        if (until_ <= from_) from_ = until_ - Duration(1);
        left_ = 16 + kLetter * static_cast<double>(longest);
        ticks_ = time_ticks(from_, until_, kTicksMost, [&](Instant at) { return console_.local(at); });
    }

    std::string draw() {
        const double bottom = kTop + kRow * static_cast<double>(rows_.size());
        const double height = bottom + (rows_.size() > kRowsWithoutFoot ? kFoot : 4);
        svg_ = fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" role=\"img\" "
            "aria-label=\"What can be recovered\">\n{2}",
            kWhole, height, kStyle);
        draw_legend(14);
        draw_axis(bottom);
        for (std::size_t i = 0; i < rows_.size(); ++i) draw_row(rows_[i], kTop + kRow * static_cast<double>(i));
        return svg_ + "</svg>\n";
    }

private:
    static constexpr const char* kStyle =
        "<style>\n"
        "text { font: 12px system-ui, sans-serif; fill: #24292f; }\n"
        ".axis { stroke: #d0d7de; } .small { font-size: 11px; fill: #57606a; } .lane { fill: #eaeef2; } .concern { fill: #cf222e; font-weight: 600; }\n"
        ".any-second { fill: #2da44e; } .steps { fill: #bf8700; } .hole, .late { fill: #cf222e; } .point { fill: #0969da; stroke: #ffffff; }\n"
        "@media (prefers-color-scheme: dark) {\n"
        "  text { fill: #e6edf3; } .axis { stroke: #30363d; } .small { fill: #8b949e; } .lane { fill: #21262d; } .concern { fill: #f85149; }\n"
        "  .any-second { fill: #3fb950; } .steps { fill: #d29922; } .hole, .late { fill: #f85149; } .point { fill: #58a6ff; stroke: #0d1117; }\n"
        "}\n</style>\n";

    double width() const { return kWhole - left_ - kRight; }
    double x(Instant at) const {
        const double share = static_cast<double>((at - from_).count()) / static_cast<double>((until_ - from_).count());
        return left_ + width() * std::clamp(share, 0.0, 1.0);
    }

    void draw_axis(double bottom) {
        for (const TimeTick& tick : ticks_) {
            svg_ += fmt::format("<line class=\"axis\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.0f}\" y2=\"{2:.0f}\"/>\n", x(tick.at), kTop - 12, bottom);
            label(tick, kTop - 18);
            if (rows_.size() > kRowsWithoutFoot) label(tick, bottom + 16);
        }
    }
    void label(const TimeTick& tick, double y) {
        svg_ += fmt::format("<text class=\"small\" x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\">{}</text>\n", x(tick.at), y, markup_escaped(tick.text));
    }

    void bar(std::string_view kind, const Covered& span, double y, double thick, const std::string& title) {
        const double begin = x(span.from);
        svg_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" rx=\"2\"><title>{}</title></rect>\n", kind, begin, y, std::max(1.5, x(span.until) - begin), thick,
                            markup_escaped(title));
    }
    std::string time_of(const Covered& span) const { return fmt::format("{} to {}", console_.local(span.from), console_.local(span.until)); }

    void draw_row(const TimelineRow& row, double y) {
        const Timeline& timeline = row.timeline;
        const auto rpo = rpo_of(timeline.database);
        const auto late = late_spans(timeline, rpo);
        const bool concern = !late.empty() || std::ranges::any_of(timeline.spans, [](const TimelineSpan& span) { return span.kind == SpanKind::Hole; });
        svg_ += fmt::format("<text{} x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", concern ? " class=\"concern\"" : "", left_ - 10, y + kBar - 3, markup_escaped(printable(timeline.database.str(), kNameColumns)));
        svg_ += fmt::format("<rect class=\"lane\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" rx=\"2\"/>\n", left_, y, width(), kBar);
        for (const Covered& span : late) {
            bar("late", span, y + (kBar - kLate) / 2, kLate, fmt::format("{}: {} without a recoverable moment, {} are promised", time_of(span), for_people(span.until - span.from), for_people(*rpo)));
        }
        for (const TimelineSpan& span : timeline.spans) {
            const std::string what = span.kind == SpanKind::Hole ? "hole: " + span.cause
                                                                 : fmt::format("{}, {}", span.kind == SpanKind::Steps ? "in steps" : "any second",
                                                                               counted(span.transactions, "transaction"));
            bar(name_of(span.kind), {span.from, span.until}, y, kBar, fmt::format("{}: {}", time_of({span.from, span.until}), what));
        }
        for (const RecoveryPoint& point : timeline.points) {
            svg_ += fmt::format("<circle class=\"point\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\"><title>{}</title></circle>\n", x(point.instant), y + kBar / 2,
                                markup_escaped(fmt::format("{} {} of {}", name_of(point.kind), point.id.str(), console_.local(point.instant))));
        }
    }

    std::optional<Duration> rpo_of(const DatabaseName& name) {
        const DatabaseSpec* database = console_.policy().database(name);
        const EnvironmentSpec* environment = database == nullptr ? nullptr : console_.policy().environment(database->environment);
        return environment == nullptr ? std::nullopt : environment->rpo;
    }

    // Above the rows: of a long picture nobody sees the end.
    void draw_legend(double y) {
        double at = left_;
        const auto next = [&](const std::string& sign, const char* text) {
            svg_ += sign + fmt::format("<text class=\"small\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n", at + 18, y, text);
            at += 40 + 6.2 * static_cast<double>(std::string_view(text).size());
        };
        for (const auto& [kind, text] : {std::pair{"any-second", "any second"}, {"steps", "in steps"}, {"hole", "hole"}}) {
            next(fmt::format("<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"9\" rx=\"2\"/>", kind, at, y - 9), text);
        }
        next(fmt::format("<circle class=\"point\" cx=\"{:.0f}\" cy=\"{:.0f}\" r=\"3.5\"/>", at + 6, y - 4), "a single point");
        next(fmt::format("<rect class=\"late\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"{:.0f}\" rx=\"2\"/>", at, y - 6, kLate), "longer than the RPO");
    }

    const std::vector<TimelineRow>& rows_;
    Console& console_;
    Instant from_ = Instant::max(), until_ = Instant::min();
    double left_ = 0;
    std::vector<TimeTick> ticks_;
    std::string svg_;
};

}  // namespace

std::string timelines_svg(const std::vector<TimelineRow>& rows, Console& console) { return Picture(rows, console).draw(); }

}  // namespace holdfast
