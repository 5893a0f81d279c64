// The backup manifest (the manual's "Backup Manifest Format"): what the server says it has sent, file by file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/lsn.hpp"

namespace holdfast {

struct ReceivedFile {
    std::uint64_t bytes = 0;
    std::optional<std::uint32_t> crc;   // Nothing: the manifest has no checksum of it.
    bool operator==(const ReceivedFile&) const = default;
};
using ReceivedFiles = std::map<std::string, ReceivedFile>;   // By path, without the log's segments.

// Reads a manifest whose checksums are CRC32C. Throws Error{Corrupt} where it is damaged: it ends with a hash of itself.
ReceivedFiles read_manifest(std::string_view text);

// A manifest for a backup whose files were read here; without checksums, since pages are read by several threads at once. A server takes
// it for the base of an incremental backup, pg_verifybackup compares the sizes.
struct ManifestFacts {
    int server_major = 0;
    std::uint64_t system = 0;
    std::uint32_t timeline = 0;
    Lsn start, stop;
};
std::string write_manifest(const ReceivedFiles& files, const ManifestFacts& facts);

// Throws Error{Corrupt} that names a file which is not as the server sent it.
void require_as_sent(const ReceivedFiles& received, std::string_view manifest);

}  // namespace holdfast
