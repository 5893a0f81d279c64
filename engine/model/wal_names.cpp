#include "engine/model/wal_names.hpp"

#include <bit>
#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kSegmentNameChars = 24;
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

std::optional<std::uint32_t> parse_eight(std::string_view text) {
    if (text.size() != 8 || text.find_first_not_of(kHexDigits) != std::string_view::npos) return std::nullopt;
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

WalFileKind kind_of_ending(std::string_view ending, bool& known) {
    known = true;
    if (ending.empty()) return WalFileKind::Segment;
    if (ending == ".partial") return WalFileKind::PartialSegment;
    // "<segment>.<offset>.backup"
    known = ending.size() == 16 && ending[0] == '.' && parse_eight(ending.substr(1, 8)) && ending.substr(9) == ".backup";
    return WalFileKind::BackupHistory;
}

}  // namespace

bool is_wal_segment_size(std::uint64_t bytes) {
    return bytes >= kWalSegmentBytesLeast && bytes <= kWalSegmentBytesMost && std::has_single_bit(bytes);
}

std::string segment_name(const WalSegment& segment, std::uint32_t segment_bytes) {
    const std::uint64_t number = segment.begin.bytes / segment_bytes, in_four_gib = (std::uint64_t{1} << 32) / segment_bytes;
    return fmt::format("{:08X}{:08X}{:08X}", segment.timeline, number / in_four_gib, number % in_four_gib);
}

std::string history_name(TimelineNumber timeline) { return fmt::format("{:08X}.history", timeline); }

std::optional<WalFileName> parse_wal_file_name(std::string_view name) {
    const auto timeline = parse_eight(name.substr(0, 8));
    if (!timeline || *timeline == 0) return std::nullopt;
    if (name.substr(8) == ".history") return WalFileName{WalFileKind::TimelineHistory, *timeline, 0};
    if (name.size() < kSegmentNameChars) return std::nullopt;
    const auto high = parse_eight(name.substr(8, 8)), low = parse_eight(name.substr(16, 8));
    bool known = false;
    const WalFileKind kind = kind_of_ending(name.substr(kSegmentNameChars), known);
    if (!high || !low || !known) return std::nullopt;
    return WalFileName{kind, *timeline, std::uint64_t{*high} << 32 | *low};
}

std::optional<WalSegment> segment_of(const WalFileName& name, std::uint32_t segment_bytes) {
    const std::uint64_t low = name.number & 0xffffffffU;
    if (!is_wal_segment_size(segment_bytes) || low >= (std::uint64_t{1} << 32) / segment_bytes) return std::nullopt;
    return WalSegment{name.timeline, Lsn{(name.number >> 32 << 32) + low * segment_bytes}};
}

std::vector<TimelineSwitch> parse_timeline_history(std::string_view text) {
    std::vector<TimelineSwitch> switches;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos || line[begin] == '#') continue;
        TimelineSwitch next;
        const auto [end, error] = std::from_chars(line.data() + begin, line.data() + line.size(), next.timeline);
        const std::string_view rest = line.substr(static_cast<std::size_t>(end - line.data()));
        const auto from = rest.find_first_not_of(" \t");
        const auto place = from == std::string_view::npos ? std::nullopt : parse_lsn(rest.substr(from, rest.find_first_of(" \t\r", from) - from));
        const bool rises = switches.empty() || (next.timeline > switches.back().timeline && place >= switches.back().ended_at);
        if (error != std::errc() || next.timeline == 0 || !place || !rises) throw Error(ErrorCode::Corrupt, "a timeline history that cannot be read");
        next.ended_at = *place;
        switches.push_back(next);
    }
    return switches;
}

}  // namespace holdfast
