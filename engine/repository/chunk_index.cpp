#include "engine/repository/chunk_index.hpp"

#include <mutex>

#include "engine/base/check.hpp"

namespace holdfast {

std::uint32_t PackNumbers::number_of(const PackId& id, const KeyId& owner) {
    const std::unique_lock lock(mutex_);
    const auto [found, is_new] = numbers_.try_emplace(id, static_cast<std::uint32_t>(packs_.size()));
    if (is_new) packs_.push_back({id, owner});
    return found->second;
}

std::optional<std::uint32_t> PackNumbers::find(const PackId& id) const {
    const std::shared_lock lock(mutex_);
    const auto found = numbers_.find(id);
    if (found == numbers_.end()) return std::nullopt;
    return found->second;
}

PackOwner PackNumbers::at(std::uint32_t number) const {
    const std::shared_lock lock(mutex_);
    HOLDFAST_CHECK(number < packs_.size());
    return packs_[number];
}

std::uint32_t PackNumbers::size() const {
    const std::shared_lock lock(mutex_);
    return static_cast<std::uint32_t>(packs_.size());
}

ChunkIndex::ChunkIndex() : slots_(1u << 10) {}

// The slot that holds the prefix, or the free one where it would go. At most 3 of 4 slots are used, so there is one.
const ChunkIndex::Slot& ChunkIndex::slot_of(const std::byte* prefix) const {
    std::uint64_t hash = 0;
    std::memcpy(&hash, prefix, sizeof(hash));
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].entry_and_one != 0 && std::memcmp(slots_[at].prefix.data(), prefix, 16) != 0) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
}

std::optional<ChunkPlace> ChunkIndex::find(const Digest& identity) const {
    const std::shared_lock lock(mutex_);
    const Slot& slot = slot_of(identity.data());
    if (slot.entry_and_one == 0) return std::nullopt;
    return ChunkPlace{slot.pack, slot.entry_and_one - 1};
}

void ChunkIndex::insert(const Digest& identity, const ChunkPlace& place) {
    const std::unique_lock lock(mutex_);
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    Slot& slot = const_cast<Slot&>(slot_of(identity.data()));
    if (slot.entry_and_one != 0) return;
    std::memcpy(slot.prefix.data(), identity.data(), 16);
    slot.pack = place.pack;
    slot.entry_and_one = place.entry + 1;
    ++used_;
}

std::size_t ChunkIndex::size() const {
    const std::shared_lock lock(mutex_);
    return used_;
}

void ChunkIndex::grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
        if (slot.entry_and_one != 0) const_cast<Slot&>(slot_of(slot.prefix.data())) = slot;
    }
}

}  // namespace holdfast
