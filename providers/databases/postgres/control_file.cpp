#include "providers/databases/postgres/control_file.hpp"

#include "engine/base/error.hpp"
#include "providers/databases/postgres/wal_crc.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kLimitsAt = 180;                // Behind wal_level and wal_log_hints; the same from 13 to 18.
constexpr std::uint32_t kLimitMost = 262'143;         // The server's own, for the largest of them.
constexpr std::uint32_t kWithCharSignedness = 1800;   // Version of the layout that has one more field before the end.

// Versions differ in length, and the checksum stands behind the last field: it is looked for where it can be.
std::size_t find_checksum(ByteView bytes) {
    constexpr std::size_t kLeast = 200, kMost = 512, kStep = 4;
    for (std::size_t at = kLeast; at + kStep <= std::min(bytes.size(), kMost); at += kStep) {
        Crc32c crc;
        crc.add(bytes.first(at));
        if (crc.value() == ByteReader(bytes.subspan(at)).u32()) return at;
    }
    throw Error(ErrorCode::Corrupt, "global/pg_control is damaged", "This data directory cannot be started; restore it again.");
}

}  // namespace

ControlFile read_control_file(const fs::path& data_folder) { return parse_control_file(read_file(data_folder / "global/pg_control", kControlFileBytesMax)); }

ControlFile parse_control_file(ByteView bytes) {
    const std::size_t end = find_checksum(bytes);
    ByteReader reader(bytes, "pg_control");
    ControlFile control{.system_identifier = reader.u64()};
    const std::uint32_t version = reader.u32();
    ByteReader limits(bytes.subspan(kLimitsAt), "pg_control");
    for (int* limit : {&control.connections, &control.worker_processes, &control.wal_senders, &control.prepared_transactions, &control.locks_per_transaction}) {
        *limit = static_cast<int>(std::min<std::uint32_t>(limits.u32(), kLimitMost));
    }
    constexpr std::size_t kNonce = 32, kChecksumVersion = 4;
    const std::size_t behind = kNonce + kChecksumVersion + (version >= kWithCharSignedness ? 4 : 0);
    control.checksums = ByteReader(bytes.subspan(end - behind)).u32() != 0;
    return control;
}

}  // namespace holdfast
