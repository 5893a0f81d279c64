// The backup manifest (the manual's "Backup Manifest Format"): what the server says it has sent, file by file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace holdfast {

struct ReceivedFile {
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
    bool operator==(const ReceivedFile&) const = default;
};
using ReceivedFiles = std::map<std::string, ReceivedFile>;   // By path, without the log's segments.

// Reads a manifest whose checksums are CRC32C. Throws Error{Corrupt} where it is damaged: it ends with a hash of itself.
ReceivedFiles read_manifest(std::string_view text);

// Throws Error{Corrupt} that names a file which is not as the server sent it.
void require_as_sent(const ReceivedFiles& received, std::string_view manifest);

}  // namespace holdfast
