// What a writer of a log keeps at hand: the root pages of what was touched, so that every later version is a small delta,
// and which pages were touched at all.
#pragma once

#include <unordered_map>

#include "engine/base/file.hpp"
#include "engine/crypto/seal.hpp"

namespace holdfast {

// Keeps pages in a file that has no name, sealed with a key that only this object has; bounded in bytes. What was not asked for
// longest makes room. One thread at a time.
class RootPages {
public:
    // `folder`: where the file lies; empty: in memory, and fewer of them.
    RootPages(const fs::path& folder, std::uint32_t page_bytes, std::uint64_t bytes_max);
    // False where it is not kept (any more).
    bool get(std::uint64_t page, std::span<std::byte> out);
    // Keeps it, where the disk lets it: what cannot be kept is done without.
    void put(std::uint64_t page, ByteView bytes);
    std::size_t size() const { return slots_.size(); }

private:
    struct Slot {
        std::uint64_t page = 0;
        std::uint64_t nonce = 0;
        bool asked = false;
    };
    std::size_t free_slot();
    std::uint64_t place(std::size_t slot) const { return slot * (page_bytes_ + kSealOverheadBytes); }

    File file_;
    Bytes memory_;               // Without a file.
    bool broken_ = false;        // The disk is full or ill: nothing more is kept.
    std::uint32_t page_bytes_;
    std::size_t slots_max_;
    Sealer sealer_;
    Bytes sealed_;
    std::uint64_t next_nonce_ = 0;
    std::size_t hand_ = 0;       // Where room is looked for next.
    std::vector<Slot> table_;
    std::unordered_map<std::uint64_t, std::uint32_t> slots_;
};

// A set of page numbers: one bit a page where there are some.
class PageSet {
public:
    bool contains(std::uint64_t page) const;
    void insert(std::uint64_t page);
    void clear() { parts_.clear(); }

private:
    static constexpr std::uint64_t kPart = 4096;   // Pages.
    std::unordered_map<std::uint64_t, std::vector<bool>> parts_;
};

}  // namespace holdfast
