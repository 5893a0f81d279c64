#include "dsl/lua/excerpt.hpp"

#include <charconv>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {

std::string line_of(std::string_view text, int line) {
    for (int at = 1; !text.empty(); ++at) {
        const std::size_t end = text.find('\n');
        if (at == line) {
            std::string found(text.substr(0, end));
            std::ranges::replace(found, '\t', ' ');
            return printable(found, 160);
        }
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return {};
}

Error error_at(std::string_view file, std::string_view text, int line, std::string_view message, std::string hint) {
    if (line <= 0) return {ErrorCode::BadRunbook, fmt::format("{}: {}", file, message), std::move(hint)};
    return {ErrorCode::BadRunbook, fmt::format("{}:{}: {}\n{:>5} | {}", file, line, message, line, line_of(text, line)),
            std::move(hint)};
}

PlacedMessage place_message(std::string_view file, std::string_view text, std::string_view message) {
    PlacedMessage placed{{std::string(file), 0, 0, {}}, std::string(message)};
    if (!message.starts_with(file)) return placed;
    std::string_view rest = message.substr(file.size());
    if (!rest.starts_with(':')) return placed;
    rest.remove_prefix(1);
    int line = 0;
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), line);
    const auto used = static_cast<std::size_t>(end - rest.data());
    if (problem != std::errc() || !rest.substr(used).starts_with(": ")) return placed;
    placed.place.line = line;
    placed.place.excerpt = line_of(text, line);
    placed.message = std::string(rest.substr(used + 2));
    return placed;
}

}  // namespace holdfast
