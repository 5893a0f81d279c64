#include "engine/cli/timeline_svg.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/markup.hpp"

namespace holdfast {
namespace {

constexpr double kLeft = 150, kWidth = 800, kRight = 20, kTop = 46, kRow = 26, kBar = 14;
constexpr int kTicks = 6;

class Picture {
public:
    Picture(const std::vector<TimelineRow>& rows, Console& console) : rows_(rows), console_(console) {
        for (const TimelineRow& row : rows) {
            from_ = std::min(from_, row.timeline.from);
            until_ = std::max(until_, row.timeline.until);
        }
        if (until_ <= from_) from_ = until_ - Duration(1);
    }

    std::string draw() {
        const double height = kTop + kRow * static_cast<double>(rows_.size()) + 34;
        svg_ = fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" role=\"img\" "
            "aria-label=\"What can be recovered\">\n{2}",
            kLeft + kWidth + kRight, height, kStyle);
        draw_axis(height);
        for (std::size_t i = 0; i < rows_.size(); ++i) draw_row(rows_[i], kTop + kRow * static_cast<double>(i));
        draw_legend(height - 12);
        return svg_ + "</svg>\n";
    }

private:
    static constexpr const char* kStyle =
        "<style>\n"
        "text { font: 12px system-ui, sans-serif; fill: #24292f; }\n"
        ".axis { stroke: #d0d7de; } .small { font-size: 10px; fill: #57606a; } .lane { fill: #eaeef2; }\n"
        ".any-second { fill: #2da44e; } .steps { fill: #bf8700; } .hole { fill: #cf222e; } .point { fill: #0969da; stroke: #ffffff; }\n"
        "@media (prefers-color-scheme: dark) {\n"
        "  text { fill: #e6edf3; } .axis { stroke: #30363d; } .small { fill: #8b949e; } .lane { fill: #21262d; }\n"
        "  .any-second { fill: #3fb950; } .steps { fill: #d29922; } .hole { fill: #f85149; } .point { fill: #58a6ff; stroke: #0d1117; }\n"
        "}\n</style>\n";

    double x(Instant at) const {
        const double share = static_cast<double>((at - from_).count()) / static_cast<double>((until_ - from_).count());
        return kLeft + kWidth * std::clamp(share, 0.0, 1.0);
    }

    void draw_axis(double height) {
        for (int tick = 0; tick <= kTicks; ++tick) {
            const Instant at = from_ + (until_ - from_) * tick / kTicks;
            const std::string text = console_.local(at);
            const char* anchor = tick == 0 ? "start" : tick == kTicks ? "end" : "middle";
            svg_ += fmt::format("<line class=\"axis\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.0f}\" y2=\"{2:.0f}\"/>\n", x(at), kTop - 10, height - 30);
            svg_ += fmt::format("<text class=\"small\" x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"{}\">{}</text>\n", x(at), tick % 2 == 0 ? kTop - 16 : kTop - 30, anchor,
                                markup_escaped(text.substr(0, 16)));
        }
    }

    void bar(std::string_view kind, Instant from, Instant until, double y, const std::string& title) {
        const double left = x(from);
        svg_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" rx=\"2\"><title>{}</title></rect>\n", kind, left, y,
                            std::max(1.5, x(until) - left), kBar, markup_escaped(title));
    }

    void draw_row(const TimelineRow& row, double y) {
        const Timeline& timeline = row.timeline;
        svg_ += fmt::format("<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 10, y + kBar - 3, markup_escaped(printable(timeline.database.str(), 22)));
        svg_ += fmt::format("<rect class=\"lane\" x=\"{:.0f}\" y=\"{:.1f}\" width=\"{:.0f}\" height=\"{:.0f}\" rx=\"2\"/>\n", kLeft, y, kWidth, kBar);
        for (const TimelineSpan& span : timeline.spans) {
            const std::string time = fmt::format("{} to {}", console_.local(span.from), console_.local(span.until));
            const std::string what = span.kind == SpanKind::Hole ? "hole: " + span.cause
                                                                 : fmt::format("{}, {}", span.kind == SpanKind::Steps ? "in steps" : "any second",
                                                                               counted(span.transactions, "transaction"));
            bar(name_of(span.kind), span.from, span.until, y, fmt::format("{}: {}", time, what));
        }
        for (const RecoveryPoint& point : timeline.points) {
            svg_ += fmt::format("<circle class=\"point\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\"><title>{}</title></circle>\n", x(point.instant), y + kBar / 2,
                                markup_escaped(fmt::format("{} {} of {}", name_of(point.kind), point.id.str(), console_.local(point.instant))));
        }
    }

    void draw_legend(double y) {
        double at = kLeft;
        for (const auto& [kind, text] : {std::pair{"any-second", "any second"}, {"steps", "in steps"}, {"hole", "hole"}}) {
            svg_ += fmt::format("<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"9\" rx=\"2\"/><text class=\"small\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n", kind,
                                at, y - 9, at + 17, y - 1, text);
            at += 100;
        }
        svg_ += fmt::format("<circle class=\"point\" cx=\"{:.0f}\" cy=\"{:.0f}\" r=\"3.5\"/><text class=\"small\" x=\"{:.0f}\" y=\"{:.0f}\">a single point</text>\n", at + 6, y - 4,
                            at + 17, y - 1);
    }

    const std::vector<TimelineRow>& rows_;
    Console& console_;
    Instant from_ = Instant::max(), until_ = Instant::min();
    std::string svg_;
};

}  // namespace

std::string timelines_svg(const std::vector<TimelineRow>& rows, Console& console) { return Picture(rows, console).draw(); }

}  // namespace holdfast
