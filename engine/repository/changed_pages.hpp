// Makes the map of a file from what differs from its base and where that was stored.
#pragma once

#include "engine/repository/chunk_intake.hpp"
#include "engine/repository/page_map.hpp"

namespace holdfast {

// Some pages that differ from the base, and where they will be.
struct ChangedPages {
    std::uint64_t first = 0, count = 0;
    bool zero = false;
    std::size_t ticket = 0;      // Of their chunk …
    std::uint64_t offset = 0;    // … and the page in it.
};

struct PagePlaces {
    std::uint64_t pages = 0;                  // Of the file.
    std::uint64_t per_chunk = 0;
    const PageMap* base = nullptr;            // Nothing: all pages are among the changed ones.
    const std::vector<ChunkPlace>& places;    // By ticket.
};

// Returns the whole map: the base's runs where nothing changed. Requires: `changed` is in page order.
PageMap place_pages(std::span<const ChangedPages> changed, const PagePlaces& where);

}  // namespace holdfast
