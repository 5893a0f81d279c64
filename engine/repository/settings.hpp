// repository.json: the one object in clear, which says what the rest is.
#pragma once

#include <string>

#include "engine/base/time.hpp"
#include "engine/repository/layout.hpp"

namespace holdfast {

struct RepositorySettings {
    std::string id;                                  // A ULID.
    Instant created;
    Suite suite = Suite::Aes256Gcm;
    std::uint32_t extent_bytes = 256u << 10;         // Of page files; a power of two.
    std::uint32_t stream_chunk_bytes = 256u << 10;   // Average, of streams; a power of two.
    std::uint64_t pack_bytes = 32u << 20;            // A pack is closed when it is at least this large.
    bool operator==(const RepositorySettings&) const = default;
};

// What to do where it is lost or damaged.
inline constexpr std::string_view kRepairHint =
    "Put it back from the copy that the repository's key seals: runbook doctor --repair. It holds no secrets and never changes, so that of another copy of "
    "this store will do as well.";

std::string to_json(const RepositorySettings& settings);
// Strict: one flat object, every key known and there once. Throws Error{Corrupt}, or Error{Unavailable} for a newer format.
RepositorySettings parse_settings(std::string_view json);

}  // namespace holdfast
