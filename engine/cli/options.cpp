#include "engine/cli/options.hpp"

#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/console.hpp"
#include "engine/operations/transaction_named.hpp"

namespace holdfast {

std::optional<DatabaseName> database_option(const Arguments& arguments) {
    const auto name = arguments.maybe("--database");
    return name ? std::optional(DatabaseName(*name)) : std::nullopt;
}

std::optional<EnvironmentName> environment_option(const Arguments& arguments) {
    const auto name = arguments.maybe("--environment");
    return name ? std::optional(EnvironmentName(*name)) : std::nullopt;
}

std::optional<Period> period_option(const Arguments& arguments, std::string_view name) {
    const auto text = arguments.maybe(name);
    if (!text) return std::nullopt;
    const auto period = parse_period(*text);
    if (period && !period->is_zero()) return period;
    throw Error(ErrorCode::Usage, fmt::format("{}: {} is not a span of time", name, printable(*text, 40)),
                "Write it with a unit: 30d, 12h, 3mo.");
}

std::size_t count_option(const Arguments& arguments, std::string_view name, std::size_t otherwise, std::size_t most) {
    const auto text = arguments.maybe(name);
    if (!text) return otherwise;
    std::size_t count = 0;
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), count);
    if (problem == std::errc{} && end == text->data() + text->size() && count > 0 && count <= most) return count;
    throw Error(ErrorCode::Usage, fmt::format("{}: {} is not a count", name, printable(*text, 40)),
                fmt::format("Write a whole number from 1 to {}.", format_count(most)));
}

Before read_before(Console& console, const std::optional<DatabaseName>& database, const std::string& text) {
    // A stream's id is long: only then is the catalog opened and asked.
    if (const auto position = parse_log_position(text); position && position->stream.str().size() >= 8) {
        if (const auto before = transaction_named(console.workplace(), database, text)) return *before;
    }
    return {.at = console.read_instant(text), .transaction = std::nullopt};
}

}  // namespace holdfast
