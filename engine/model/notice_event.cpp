#include "engine/model/notice_event.hpp"

#include <algorithm>

namespace holdfast {

const std::vector<std::string>& notice_event_words() {
    static const std::vector<std::string> words{"backup_failed", "rpo_at_risk", "verify_failed", "drill_failed", "key_due", "space_low", "approval_needed"};
    return words;
}

std::string_view name_of(NoticeEvent event) { return notice_event_words().at(static_cast<std::size_t>(event)); }

std::optional<NoticeEvent> parse_notice_event(std::string_view text) {
    const auto& words = notice_event_words();
    const auto found = std::ranges::find(words, text);
    return found == words.end() ? std::nullopt : std::optional(static_cast<NoticeEvent>(found - words.begin()));
}

const std::vector<std::string>& notice_placeholders() {
    static const std::vector<std::string> names{"severity", "event", "state", "database", "message", "fix", "since", "host", "id"};
    return names;
}

}  // namespace holdfast
