#include "engine/model/job_record.hpp"

#include <array>

namespace holdfast {

std::string_view name_of(JobState state) {
    constexpr std::array<std::string_view, 4> kNames{"running", "done", "failed", "missed"};
    return kNames.at(static_cast<std::size_t>(state));
}

}  // namespace holdfast
