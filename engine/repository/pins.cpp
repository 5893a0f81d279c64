#include "engine/repository/pins.hpp"

#include <set>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/log.hpp"
#include "engine/repository/usage.hpp"
#include "engine/repository/tagged.hpp"

namespace holdfast {
namespace {

enum PinTag : std::uint64_t { kPinned = 2, kKeepUntil = 4 };

std::vector<PointName> list_pins(Store& store, const std::string& prefix) {
    std::vector<PointName> names;
    store.list(prefix, [&](const ObjectFacts& facts) {
        if (auto name = point_of_object(facts.name, kPinsPrefix)) names.push_back(std::move(*name));
    });
    return names;
}

Pin decode_pin(ByteView plain) {
    Pin pin;
    read_tagged(plain, "pin", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case kPinned: pin.pinned = value.varint() != 0; return true;
        case kKeepUntil: pin.keep_until = read_instant(value); return true;
        default: return false;
        }
    });
    return pin;
}

}  // namespace

std::optional<Pin> read_pin(Store& store, const ObjectSealing& sealing, const PointName& point) {
    const std::string name = pin_object(point);
    try {
        return decode_pin(open_object(sealing, kPinMagic, name, store.get(name, kSmallObjectBytesMax)));
    } catch (const Error& error) {
        if (error.code == ErrorCode::Missing) return std::nullopt;
        if (error.code != ErrorCode::Corrupt) throw;
        log_warning("{} is kept until somebody unpins it, because its pin cannot be read: {}", point.id.str(), error.message);
        return Pin{.pinned = true, .keep_until = std::nullopt};
    }
}

std::map<PointName, Pin> read_pins(Store& store, const ObjectSealing& sealing, const std::optional<DatabaseName>& database) {
    std::map<PointName, Pin> pins;
    for (PointName& name : list_pins(store, database ? pins_prefix(*database) : std::string(kPinsPrefix))) {
        if (const auto pin = read_pin(store, sealing, name)) pins.emplace(std::move(name), *pin);
    }
    return pins;
}

void put_pin(Store& store, const ObjectSealing& sealing, const PointName& point, const Pin& pin) {
    TagWriter fields;
    fields.number(kPinned, pin.pinned ? 1 : 0);
    if (pin.keep_until) fields.instant(kKeepUntil, *pin.keep_until);
    const std::string name = pin_object(point);
    fault_point("repository.pin.before");
    store.put(name, seal_object(sealing, kPinMagic, name, fields.take()));
    fault_point("repository.pin.after");
}

void remove_pin(Store& store, const PointName& point) { store.remove(pin_object(point)); }

void remove_pins_of_nothing(Store& store) {
    // Listed before the points: a pin is put only where its point is there already.
    const std::vector<PointName> pins = list_pins(store, std::string(kPinsPrefix));
    if (pins.empty()) return;
    const std::vector<PointName> listed = list_points(store, std::nullopt);
    const std::set<PointName> points(listed.begin(), listed.end());
    for (const PointName& pin : pins) {
        if (!points.contains(pin)) remove_pin(store, pin);
    }
}

}  // namespace holdfast
