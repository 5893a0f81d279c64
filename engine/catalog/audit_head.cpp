#include "engine/catalog/audit_head.hpp"

#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {
constexpr std::string_view kHeadMark = "holdfast-audit-head-1";
}

std::optional<AuditHead> read_audit_head(const fs::path& file) {
    if (!fs::exists(file)) return std::nullopt;
    const std::string text = read_text_file(file, 1024);
    const auto parts = split(trim(text), ' ');
    AuditHead head;
    bool sound = parts.size() == 3 && parts[0] == kHeadMark;
    if (sound) {
        const std::string& number = parts[1];
        const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), head.sequence);
        const auto hash = from_hex(parts[2]);
        sound = failure == std::errc() && end == number.data() + number.size() && head.sequence > 0 && hash && hash->size() == 32;
        if (sound) head.hash = *hash;
    }
    if (!sound) throw Error(ErrorCode::Corrupt, file.string() + " does not hold the head of an audit chain");
    return head;
}

void write_audit_head(const fs::path& file, const AuditHead& head) {
    fault_point("catalog.audit_head.before");
    write_file_durably(file, as_bytes(fmt::format("{} {} {}\n", kHeadMark, head.sequence, to_hex(head.hash))));
    fault_point("catalog.audit_head.after");
}

}  // namespace holdfast
