#include "engine/repository/log_roots.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/log.hpp"
#include "engine/crypto/keys.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kMemoryBytesMax = 16u << 20;

// Its name is gone before anything is in it.
File nameless_file(const fs::path& folder) {
    make_private_folders(folder);
    const fs::path path = folder / ("log-roots-" + to_hex(random_bytes(8)));
    File file = File::open(path, File::Mode::CreateNew);
    std::error_code ignored;   // Then it is only untidy: what is in it nobody can read.
    fs::remove(path, ignored);
    return file;
}

}  // namespace

RootPages::RootPages(const fs::path& folder, std::uint32_t page_bytes, std::uint64_t bytes_max)
    : page_bytes_(page_bytes), sealer_(random_key()), sealed_(page_bytes + kSealOverheadBytes) {
    try {
        if (!folder.empty()) file_ = nameless_file(folder);
    } catch (const Error& error) {
        log_warning("pages of the log are kept in memory: {}", error.message);
    }
    if (!file_.is_open()) bytes_max = std::min(bytes_max, kMemoryBytesMax);
    slots_max_ = std::max<std::size_t>(1, bytes_max / sealed_.size());
}

bool RootPages::get(std::uint64_t page, std::span<std::byte> out) {
    const auto found = slots_.find(page);
    if (found == slots_.end()) return false;
    Slot& slot = table_[found->second];
    slot.asked = true;
    if (!file_.is_open()) {
        return sealer_.open(slot.nonce, {}, ByteView(memory_).subspan(place(found->second), sealed_.size()), out);
    }
    try {
        if (file_.read_at(place(found->second), sealed_) == sealed_.size() && sealer_.open(slot.nonce, {}, sealed_, out)) return true;
    } catch (const Error& error) {
        log_warning("a page of the log that was kept aside cannot be read: {}", error.message);
    }
    slots_.erase(found);
    return false;
}

// The hand goes round: what was asked for since it last came by stays once more.
std::size_t RootPages::free_slot() {
    if (table_.size() < slots_max_) {
        table_.push_back({});
        return table_.size() - 1;
    }
    for (;; hand_ = (hand_ + 1) % table_.size()) {
        Slot& slot = table_[hand_];
        if (!slot.asked) break;
        slot.asked = false;
    }
    const std::size_t slot = hand_;
    hand_ = (hand_ + 1) % table_.size();
    // Only where it still is this page's: a page that could not be read has left its slot.
    const auto found = slots_.find(table_[slot].page);
    if (found != slots_.end() && found->second == slot) slots_.erase(found);
    return slot;
}

void RootPages::put(std::uint64_t page, ByteView bytes) {
    HOLDFAST_CHECK(bytes.size() == page_bytes_);
    if (broken_ || slots_.contains(page)) return;
    const std::size_t slot = free_slot();
    const std::uint64_t nonce = next_nonce_++;
    sealer_.seal(nonce, {}, bytes, sealed_);
    if (file_.is_open()) {
        try {
            file_.write_at(place(slot), sealed_);
        } catch (const Error& error) {
            log_warning("no more pages of the log are kept aside, so it takes more room: {}", error.message);
            broken_ = true;
            table_[slot] = {};
            return;
        }
    } else {
        memory_.resize(std::max<std::size_t>(memory_.size(), place(slot + 1)));
        std::ranges::copy(sealed_, memory_.begin() + static_cast<std::ptrdiff_t>(place(slot)));
    }
    table_[slot] = {.page = page, .nonce = nonce, .asked = false};
    slots_.emplace(page, static_cast<std::uint32_t>(slot));
}

bool PageSet::contains(std::uint64_t page) const {
    const auto part = parts_.find(page / kPart);
    return part != parts_.end() && part->second[page % kPart];
}

void PageSet::insert(std::uint64_t page) {
    std::vector<bool>& part = parts_[page / kPart];
    if (part.empty()) part.resize(kPart);
    part[page % kPart] = true;
}

}  // namespace holdfast
