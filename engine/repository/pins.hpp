// pins/<database>/<point>: what was decided about a point after it was taken. It lies beside the point, so it outlives
// the catalog and is seen by every installation that uses the store. FORMAT.md, section 13.
#pragma once

#include <map>

#include "engine/model/recovery_point.hpp"
#include "engine/repository/piece_cipher.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

// Nothing where nothing was decided. One that is damaged counts as pinned: keeping too much harms nobody.
std::optional<Pin> read_pin(Store& store, const ObjectSealing& sealing, const PointName& point);
std::map<PointName, Pin> read_pins(Store& store, const ObjectSealing& sealing, const std::optional<DatabaseName>& database);
void put_pin(Store& store, const ObjectSealing& sealing, const PointName& point, const Pin& pin);
void remove_pin(Store& store, const PointName& point);
// What is left where a removal was killed between a point and its pin.
void remove_pins_of_nothing(Store& store);

inline void lay_over(RecoveryPoint& point, const Pin& pin) {
    point.pinned = pin.pinned;
    point.keep_until = pin.keep_until;
}

}  // namespace holdfast
