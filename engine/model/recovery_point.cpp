#include "engine/model/recovery_point.hpp"

#include <array>

namespace holdfast {

std::string_view name_of(Soundness soundness) {
    constexpr std::array<std::string_view, 3> kNames{"unchecked", "sound", "damaged"};
    return kNames.at(static_cast<std::size_t>(soundness));
}

}  // namespace holdfast
