#include "engine/model/wal.hpp"

#include <limits>

namespace holdfast {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kSystemChars = 13, kTimelineChars = 7, kStreamChars = 26;

std::string text_in_32(std::uint64_t value, std::size_t chars) {
    std::string text(chars, '0');
    for (std::size_t at = chars; at-- > 0; value >>= 5) text[at] = kAlphabet[value & 31];
    return text;
}

std::optional<std::uint64_t> parse_in_32(std::string_view text) {
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = kAlphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        value = value << 5 | digit;
    }
    return value;
}

}  // namespace

LogStreamId stream_of(const WalBranch& branch) {
    return LogStreamId(text_in_32(branch.system, kSystemChars) + text_in_32(branch.timeline, kTimelineChars) + std::string(kStreamChars - kSystemChars - kTimelineChars, '0'));
}

std::optional<WalBranch> branch_of(const LogStreamId& stream) {
    const std::string& text = stream.str();
    if (text.size() != kStreamChars) return std::nullopt;
    const auto system = parse_in_32(std::string_view(text).substr(0, kSystemChars)), timeline = parse_in_32(std::string_view(text).substr(kSystemChars, kTimelineChars));
    if (!system || !timeline || *timeline == 0 || *timeline > std::numeric_limits<TimelineNumber>::max()) return std::nullopt;
    const WalBranch branch{*system, static_cast<TimelineNumber>(*timeline)};
    return stream_of(branch) == stream ? std::optional(branch) : std::nullopt;
}

Instant instant_of(const WalTransaction& transaction) {
    return std::chrono::floor<Duration>(std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(transaction.micros)));
}

}  // namespace holdfast
