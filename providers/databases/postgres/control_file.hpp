// What global/pg_control says (catalog/pg_control.h): which cluster a data directory belongs to, without a server.
#pragma once

#include <cstdint>

#include "engine/base/file.hpp"

namespace holdfast {

struct ControlFile {
    std::uint64_t system_identifier = 0;
    bool checksums = false;   // Of pages.
    // A hot standby must have room for as many as the primary had.
    int connections = 0, worker_processes = 0, wal_senders = 0, prepared_transactions = 0, locks_per_transaction = 0;
};

// Throws Error{Missing, Corrupt}: the file ends with a checksum of itself.
ControlFile read_control_file(const fs::path& data_folder);
// The same of the file's bytes. Throws Corrupt, also where they were read while the server wrote them.
ControlFile parse_control_file(ByteView bytes);
inline constexpr std::uint64_t kControlFileBytesMax = 8192;

}  // namespace holdfast
