#include "engine/model/finding.hpp"

#include <array>

namespace holdfast {

std::string_view name_of(Severity severity) {
    constexpr std::array<std::string_view, 3> kNames{"error", "warning", "note"};
    return kNames.at(static_cast<std::size_t>(severity));
}

}  // namespace holdfast
