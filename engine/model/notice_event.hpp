// What somebody can be told about: the words of `notify.*.on`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

enum class NoticeEvent : std::uint8_t { BackupFailed, RpoAtRisk, VerifyFailed, DrillFailed, KeyDue, SpaceLow, ApprovalNeeded };

std::string_view name_of(NoticeEvent event);    // backup_failed, rpo_at_risk, …
std::optional<NoticeEvent> parse_notice_event(std::string_view text);
const std::vector<std::string>& notice_event_words();

// What stands in braces in a command's arguments and is filled in: "severity", "event", ….
const std::vector<std::string>& notice_placeholders();

}  // namespace holdfast
