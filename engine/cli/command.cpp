#include "engine/cli/command.hpp"

#include <array>

#include "engine/base/check.hpp"

namespace holdfast {

void Arguments::put(std::string_view name, std::vector<std::string> values) {
    values_.insert_or_assign(std::string(name), std::move(values));
}

bool Arguments::has(std::string_view name) const { return values_.find(name) != values_.end(); }

const std::string& Arguments::text(std::string_view name) const {
    const auto found = values_.find(name);
    HOLDFAST_CHECK(found != values_.end() && !found->second.empty());
    return found->second.front();
}

std::optional<std::string> Arguments::maybe(std::string_view name) const {
    if (!has(name)) return std::nullopt;
    return text(name);
}

std::vector<std::string> Arguments::all(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::span<const Option> options_of_every_command() {
    static const std::array<Option, 5> options{{
        {.name = "--policies", .value = "DIR",
         .help = "the policy folder; otherwise HOLDFAST_POLICIES, or policies/ here or in the nearest folder above",
         .completes = Completes::Folder},
        {.name = "--format", .value = "FORMAT", .help = "text for people, json for programs", .completes = Completes::Words,
         .words = "text json junit sarif markdown"},
        {.name = "--quiet", .help = "say only what is asked for and what went wrong", .letter = "-q"},
        {.name = "--verbose", .help = "say more: what is being done, as plain lines", .letter = "-v"},
        {.name = "--help", .help = "show this text", .letter = "-h"},
    }};
    return options;
}

std::string_view formats_of(const Command& command) { 
    if (command.has_markdown) return command.finds ? "text json junit sarif markdown" : "text json markdown";
    return command.finds ? "text json junit sarif" : "text json";
}

}  // namespace holdfast
