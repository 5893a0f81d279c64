#include "providers/databases/sqlite/lost_log.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/sqlite/database_file.hpp"
#include "providers/databases/sqlite/wal_index.hpp"

namespace holdfast {
namespace {

// SQLite's "WAL-mode File Format".
constexpr std::uint64_t kLogHeaderBytes = 32, kFrameHeaderBytes = 24;
constexpr std::uint64_t kIndexHeadBytes = 136;

}  // namespace

std::optional<std::string> lost_log_of(const fs::path& database) {
    std::error_code failed;
    const fs::path real = fs::canonical(database, failed);
    if (failed) return std::nullopt;
    const auto shared = read_shared_memory_file(real, kIndexHeadBytes);
    const auto index = shared ? parse_wal_index(*shared) : std::nullopt;
    if (!index || index->header.last_frame() <= index->backfilled) return std::nullopt;
    const std::uint64_t frame_bytes = kFrameHeaderBytes + index->header.page_bytes();
    const std::uint64_t bytes = fs::file_size(real.string() + "-wal", failed);
    const std::uint64_t there = failed || bytes < kLogHeaderBytes ? 0 : (bytes - kLogHeaderBytes) / frame_bytes;
    if (there >= index->header.last_frame()) return std::nullopt;
    return fmt::format("{}: {} committed page versions that are not in the file are gone", failed ? "the write-ahead log is gone" : "the write-ahead log is cut short",
                       format_count(index->header.last_frame() - std::max<std::uint64_t>(there, index->backfilled)));
}

}  // namespace holdfast
