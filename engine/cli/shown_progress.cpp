#include "engine/cli/shown_progress.hpp"

#include <ostream>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

using SteadyClock = std::chrono::steady_clock;

Duration since(SteadyClock::time_point began) {
    return std::chrono::duration_cast<Duration>(SteadyClock::now() - began);
}

}  // namespace

std::string progress_line(std::string_view phase, std::uint64_t done, std::uint64_t total, Duration took) {
    std::string line = fmt::format("  {}", printable(phase, 60));
    const double seconds = std::max(0.001, static_cast<double>(took.count()) / 1000.0);
    const double rate = static_cast<double>(done) / seconds;
    if (total > 0) {
        const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
        line += fmt::format("  {:.0f} %  {} of {}", share * 100.0, format_bytes(done), format_bytes(total));
    } else if (done > 0) {
        line += fmt::format("  {}", format_bytes(done));
    }
    if (done > 0) line += fmt::format("  {}/s", format_bytes(static_cast<std::uint64_t>(rate)));
    if (total > done && done > 0) {
        const double left = static_cast<double>(total - done) / rate;
        line += fmt::format("  {} left", for_people(std::chrono::seconds(static_cast<std::int64_t>(left + 0.5))));
    }
    return line;
}

TerminalProgress::TerminalProgress(std::ostream& to, std::size_t columns)
    : to_(to), columns_(columns), drawer_([this](const std::stop_token& stop) { draw_until_stopped(stop); }) {}

TerminalProgress::~TerminalProgress() {
    drawer_.request_stop();
    drawer_.join();
    clear_line();
}

void TerminalProgress::begin(std::string_view phase, std::uint64_t total_bytes) {
    const std::lock_guard lock(mutex_);
    phase_ = phase;
    total_ = total_bytes;
    done_ = 0;
    began_ = SteadyClock::now();
    changed_.notify_all();
}

void TerminalProgress::end() {
    const std::lock_guard lock(mutex_);
    phase_.clear();
    clear_line();
}

void TerminalProgress::clear_line() {
    if (!drawn_) return;
    to_ << "\r\x1b[K" << std::flush;
    drawn_ = false;
}

void TerminalProgress::draw_until_stopped(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        changed_.wait(lock, stop, [&] { return !phase_.empty(); });
        changed_.wait_for(lock, stop, std::chrono::milliseconds(200), [] { return false; });
        if (phase_.empty() || since(began_) < std::chrono::seconds(1)) continue;
        const std::string line = progress_line(phase_, done_.load(), total_, since(began_));
        to_ << "\r" << printable(line, columns_ - 1) << "\x1b[K" << std::flush;
        drawn_ = true;
    }
}

void PlainProgress::begin(std::string_view phase, std::uint64_t total_bytes) {
    const std::lock_guard lock(mutex_);
    phase_ = phase;
    began_ = SteadyClock::now();
    done_ = 0;
    to_ << printable(phase_) << (total_bytes > 0 ? fmt::format(" ({})", format_bytes(total_bytes)) : "") << " …\n" << std::flush;
}

void PlainProgress::end() {
    const std::lock_guard lock(mutex_);
    if (phase_.empty()) return;
    const std::uint64_t done = done_.load();
    to_ << printable(phase_) << ": done" << (done > 0 ? fmt::format(", {}", format_bytes(done)) : "") << " in "
        << for_people(since(began_)) << "\n" << std::flush;
    phase_.clear();
}

}  // namespace holdfast
