#include "engine/repository/changed_pages.hpp"

namespace holdfast {

PageMap place_pages(std::span<const ChangedPages> changed, const PagePlaces& where) {
    PageMap map;
    const auto keep_until = [&](std::uint64_t page) {
        if (page > map.pages()) map.append_from(*where.base, map.pages(), page - map.pages());
    };
    for (const ChangedPages& pages : changed) {
        keep_until(pages.first);
        MapRun run;
        run.count = pages.count;
        if (!pages.zero) {
            const ChunkPlace& place = where.places.at(pages.ticket);
            run.kind = MapRun::Kind::Stored;
            run.pack = place.pack;
            run.address = place.entry * where.per_chunk + pages.offset;
        }
        map.append(run);
    }
    keep_until(where.pages);
    return map;
}

}  // namespace holdfast
