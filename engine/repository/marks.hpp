// marks/<pack>: packs that nothing needs any more and that will be removed after a grace period.
// damaged/<pack>: packs in which a verification found damage. Points that need them stay, but no new backup relies on
// them: it stores that content again.
#pragma once

#include <map>
#include <set>

#include "engine/repository/lease.hpp"

namespace holdfast {

// Pack → when it was marked. A mark that is damaged counts as made just now.
std::map<PackId, Instant> read_marks(const LeasePlace& place);
void put_mark(const LeasePlace& place, const PackId& pack, Instant at);
void remove_mark(const LeasePlace& place, const PackId& pack);

std::set<PackId> read_damaged_packs(Store& store);
void note_damaged_pack(const LeasePlace& place, const PackId& pack, Instant at);   // The first note stays.
void remove_damage_note(Store& store, const PackId& pack);

// All packs in the store and their sizes.
std::map<PackId, std::uint64_t> list_packs(Store& store);

}  // namespace holdfast
