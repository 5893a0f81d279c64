#include "engine/repository/marks.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"

namespace holdfast {

std::map<PackId, Instant> read_marks(const LeasePlace& place) {
    std::vector<std::string> names;
    place.store->list(kMarksPrefix, [&](const ObjectFacts& facts) { names.push_back(facts.name); });
    std::map<PackId, Instant> marks;
    for (const std::string& name : names) {
        const auto pack = pack_of_object(name);
        if (!pack) continue;
        try {
            const Bytes object = place.store->get(name, kSmallObjectBytesMax);
            const Bytes plain = open_object(place.sealing, kMarkMagic, name, object);
            marks[*pack] = from_millis(static_cast<std::int64_t>(ByteReader(plain, name).u64()));
        } catch (const Error& error) {
            if (error.code == ErrorCode::Missing) continue;
            if (error.code != ErrorCode::Corrupt) throw;
            marks[*pack] = place.clock->now();
        }
    }
    return marks;
}

void put_mark(const LeasePlace& place, const PackId& pack, Instant at) {
    ByteWriter plain;
    plain.u64(static_cast<std::uint64_t>(to_millis(at)));
    const std::string name = mark_object(pack);
    fault_point("repository.mark.before");
    place.store->put(name, seal_object(place.sealing, kMarkMagic, name, plain.bytes()));
    fault_point("repository.mark.after");
}

void remove_mark(const LeasePlace& place, const PackId& pack) { place.store->remove(mark_object(pack)); }

std::set<PackId> read_damaged_packs(Store& store) {
    std::set<PackId> packs;
    store.list(kDamagedPrefix, [&](const ObjectFacts& facts) {
        if (const auto pack = pack_of_object(facts.name)) packs.insert(*pack);   // The name says it all; the content need not open.
    });
    return packs;
}

void note_damaged_pack(const LeasePlace& place, const PackId& pack, Instant at) {
    ByteWriter plain;
    plain.u64(static_cast<std::uint64_t>(to_millis(at)));
    const std::string name = damage_object(pack);
    [[maybe_unused]] const bool first = place.store->put_if_absent(name, seal_object(place.sealing, kMarkMagic, name, plain.bytes()));
}

void remove_damage_note(Store& store, const PackId& pack) { store.remove(damage_object(pack)); }

std::map<PackId, std::uint64_t> list_packs(Store& store) {
    std::map<PackId, std::uint64_t> packs;
    store.list(kPacksPrefix, [&](const ObjectFacts& facts) {
        if (const auto id = pack_of_object(facts.name); id && facts.name == pack_object(*id)) packs.emplace(*id, facts.bytes);
    });
    return packs;
}

}  // namespace holdfast
