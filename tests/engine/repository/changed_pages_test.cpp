#include "engine/repository/changed_pages.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a map is made of what changed and of the base where nothing did", "[repository]") {
    using Kind = MapRun::Kind;
    PageMap base;
    base.append({.kind = Kind::Stored, .pack = 7, .first = 0, .count = 10, .address = 100});
    const std::vector<ChunkPlace> places{{.pack = 1, .entry = 5}, {.pack = 2, .entry = 0}};
    const std::vector<ChangedPages> changed{{.first = 2, .count = 1, .zero = true, .ticket = 0, .offset = 0},
                                            {.first = 3, .count = 2, .zero = false, .ticket = 0, .offset = 6},
                                            {.first = 8, .count = 1, .zero = false, .ticket = 1, .offset = 0}};
    const PageMap map = place_pages(changed, {.pages = 9, .per_chunk = 64, .base = &base, .places = places});
    CHECK(map.pages() == 9);
    CHECK(map.runs() == std::vector<MapRun>{{.kind = Kind::Stored, .pack = 7, .first = 0, .count = 2, .address = 100},
                                            {.kind = Kind::Zero, .pack = 0, .first = 2, .count = 1, .address = 0},
                                            {.kind = Kind::Stored, .pack = 1, .first = 3, .count = 2, .address = 5 * 64 + 6},
                                            {.kind = Kind::Stored, .pack = 7, .first = 5, .count = 3, .address = 105},
                                            {.kind = Kind::Stored, .pack = 2, .first = 8, .count = 1, .address = 0}});
}
