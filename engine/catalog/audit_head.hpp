// The audit chain's end, kept a second time beside the catalog: without it nobody could see that the last
// entries were cut off. A text file of one line, replaced durably.
#pragma once

#include <optional>
#include <string>

#include "engine/base/file.hpp"

namespace holdfast {

struct AuditHead {
    std::int64_t sequence = 0;
    Bytes hash;
};

// Nothing where there is none. Throws Corrupt where it cannot be read as one.
std::optional<AuditHead> read_audit_head(const fs::path& file);
void write_audit_head(const fs::path& file, const AuditHead& head);

}  // namespace holdfast
