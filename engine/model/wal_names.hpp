// The names of files in pg_wal and in an archive: segments, partial ones, timeline histories, backup histories.
// Source: PostgreSQL's xlog_internal.h and the manual's "Continuous Archiving".
#pragma once

#include <vector>

#include "engine/model/wal.hpp"

namespace holdfast {

inline constexpr std::uint32_t kWalPageBytes = 8192;
inline constexpr std::uint32_t kWalSegmentBytesLeast = 1u << 20, kWalSegmentBytesMost = 1u << 30;

// A power of two between the two.
bool is_wal_segment_size(std::uint64_t bytes);

struct WalSegment {
    TimelineNumber timeline = 0;
    Lsn begin;
    bool operator==(const WalSegment&) const = default;
};
std::string segment_name(const WalSegment& segment, std::uint32_t segment_bytes);   // "000000010000000000000003"

enum class WalFileKind : std::uint8_t { Segment, PartialSegment, TimelineHistory, BackupHistory };
struct WalFileName {
    WalFileKind kind = WalFileKind::Segment;
    TimelineNumber timeline = 0;
    std::uint64_t number = 0;   // The other 16 digits: which place that is depends on the segment size (segment_of).
    bool operator==(const WalFileName&) const = default;
};
// Nothing where it is no such name.
std::optional<WalFileName> parse_wal_file_name(std::string_view name);
// Nothing where no segment of that size has this name.
std::optional<WalSegment> segment_of(const WalFileName& name, std::uint32_t segment_bytes);
std::string history_name(TimelineNumber timeline);   // "00000002.history"

// One earlier timeline of a cluster, and where the log left it.
struct TimelineSwitch {
    TimelineNumber timeline = 0;
    Lsn ended_at;
    bool operator==(const TimelineSwitch&) const = default;
};
// Reads a history file. Throws Corrupt.
std::vector<TimelineSwitch> parse_timeline_history(std::string_view text);

}  // namespace holdfast
