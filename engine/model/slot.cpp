#include "engine/model/slot.hpp"

namespace holdfast {

std::string to_text(const Slot& slot) {
    return slot.database.str() + "/" + std::string(name_of(slot.kind)) + "/" + to_rfc3339(slot.at);
}

}  // namespace holdfast
