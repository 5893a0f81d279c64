#include "engine/model/log.hpp"

#include <charconv>

#include "engine/base/format.hpp"
#include "engine/model/wal.hpp"

namespace holdfast {

std::string to_text(const LogPosition& position) {
    if (branch_of(position.stream)) return fmt::format("{}:{}", position.stream.str(), to_text(Lsn{position.transaction}));
    return fmt::format("{}:{}", position.stream.str(), position.transaction);
}

std::optional<LogPosition> parse_log_position(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    LogPosition position{LogStreamId(std::string(text.substr(0, colon))), 0};
    const std::string_view number = text.substr(colon + 1);
    if (const auto lsn = parse_lsn(number)) {
        position.transaction = lsn->bytes;
        return position;
    }
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), position.transaction);
    if (number.empty() || problem != std::errc() || end != number.data() + number.size()) return std::nullopt;
    return position;
}

}  // namespace holdfast
