// `audit show` and `audit verify`: everything that changed anything, and whether the record was tampered with.
#pragma once

#include "engine/operations/open.hpp"

namespace holdfast {

std::vector<AuditEntry> audit_entries(const Workplace& workplace, std::size_t limit);   // Newest first.
AuditReport verify_audit(const Workplace& workplace);

}  // namespace holdfast
