#include "engine/model/measurement.hpp"

#include <array>

namespace holdfast {

std::string_view name_of(WorkKind kind) {
    static constexpr std::array<std::string_view, kWorkKindCount> kNames{"backup", "verify", "copy", "restore", "replay", "check"};
    return kNames.at(static_cast<std::size_t>(kind));
}

}  // namespace holdfast
