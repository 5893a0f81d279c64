#include "engine/operations/audit_chain.hpp"

namespace holdfast {

std::vector<AuditEntry> audit_entries(const Workplace& workplace, std::size_t limit) {
    return workplace.catalog().audit_entries(limit);
}

AuditReport verify_audit(const Workplace& workplace) { return workplace.catalog().verify_audit(); }

}  // namespace holdfast
