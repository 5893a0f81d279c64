#include "engine/repository/usage.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

constexpr std::uint32_t kExtent = 64u << 10;   // Sixteen pages a chunk.

OpenedPoint point_of(const std::string& database) {
    OpenedPoint point;
    point.owner = key_id(1);
    point.manifest.point.database = DatabaseName(database);
    point.manifest.files = {{.name = "main", .page_bytes = 4096, .bytes = 0, .mode = 0600}, {.name = "log", .page_bytes = 0, .bytes = 0, .mode = 0600}};
    point.map.files.resize(2);
    for (unsigned i = 0; i < 3; ++i) point.map.packs.push_back({.id = pack_id(i), .owner = key_id(1), .key = {}, .added = false});
    return point;
}
void add_pages(OpenedPoint& point, std::uint32_t pack, std::uint64_t address, std::uint64_t count) {
    point.map.files[0].pages.append({.kind = MapRun::Kind::Stored, .pack = pack, .first = 0, .count = count, .address = address});
}

std::vector<std::uint32_t> needed_entries(const Usage& usage, const PackId& pack) {
    std::vector<std::uint32_t> entries;
    const auto found = usage.needed().find(pack);
    if (found == usage.needed().end()) return entries;
    for (std::uint32_t i = 0; i < found->second.entries.size() + 3; ++i) {
        if (found->second.needs(i)) entries.push_back(i);
    }
    return entries;
}

}  // namespace

TEST_CASE("a point needs the entries that its pages and pieces are in", "[repository][usage]") {
    const Relocations moved;
    const std::map<PackId, std::uint64_t> packs;
    Usage usage(moved, packs, kExtent);
    OpenedPoint point = point_of("shop");
    add_pages(point, 0, 15, 2);     // The last page of entry 0 and the first of 1.
    add_pages(point, 0, 100, 30);   // Entries 6, 7 and 8.
    point.map.files[1].pieces = {{1, 4, 100}, {1, 5, 100}};
    usage.add(point);
    CHECK(needed_entries(usage, pack_id(0)) == std::vector<std::uint32_t>{0, 1, 6, 7, 8});
    CHECK(needed_entries(usage, pack_id(1)) == std::vector<std::uint32_t>{4, 5});
    CHECK(usage.needed().size() == 2);
    CHECK(usage.listed() == std::set{pack_id(0), pack_id(1), pack_id(2)});
    CHECK(usage.needed().at(pack_id(0)).databases == std::set{DatabaseName("shop")});
}

TEST_CASE("what several points need adds up", "[repository][usage]") {
    const Relocations moved;
    const std::map<PackId, std::uint64_t> packs;
    Usage usage(moved, packs, kExtent);
    for (const auto& [database, address] : {std::pair{"shop", 0u}, std::pair{"books", 32u}}) {
        OpenedPoint point = point_of(database);
        if (address != 0) point.map.packs[0].key.emplace(random_content(32, 1));
        add_pages(point, 0, address, 1);
        usage.add(point);
    }
    CHECK(needed_entries(usage, pack_id(0)) == std::vector<std::uint32_t>{0, 2});
    CHECK(usage.needed().at(pack_id(0)).databases.size() == 2);
    CHECK(usage.needed().at(pack_id(0)).key);
}

TEST_CASE("entries that were moved are needed where they are now", "[repository][usage]") {
    Relocations moved;
    moved.add(pack_id(0), {.first = 1, .count = 1, .pack = pack_id(9), .owner = key_id(5), .new_first = 3});
    moved.add(pack_id(0), {.first = 2, .count = 1, .pack = pack_id(8), .owner = key_id(5), .new_first = 0});
    const std::map<PackId, std::uint64_t> packs{{pack_id(9), 1000}};   // Pack 8 is gone.
    Usage usage(moved, packs, kExtent);
    OpenedPoint point = point_of("shop");
    add_pages(point, 0, 0, 48);
    usage.add(point);
    CHECK(needed_entries(usage, pack_id(0)) == std::vector<std::uint32_t>{0, 2});
    CHECK(needed_entries(usage, pack_id(9)) == std::vector<std::uint32_t>{3});
    CHECK(usage.needed().at(pack_id(9)).owner == key_id(5));
    CHECK_FALSE(usage.needed().contains(pack_id(8)));
}

TEST_CASE("the entries of random maps are those of their pages", "[repository][usage]") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        std::mt19937_64 random(seed);
        const Relocations moved;
        const std::map<PackId, std::uint64_t> packs;
        Usage usage(moved, packs, kExtent);
        OpenedPoint point = point_of("shop");
        std::set<std::pair<PackId, std::uint32_t>> expected, found;
        for (int i = 0; i < 50; ++i) {
            const auto pack = static_cast<std::uint32_t>(random() % 3);
            const std::uint64_t address = random() % 5000, count = 1 + random() % 60;
            add_pages(point, pack, address, count);
            for (std::uint64_t page = address; page < address + count; ++page) expected.emplace(pack_id(pack), static_cast<std::uint32_t>(page / 16));
        }
        usage.add(point);
        for (unsigned pack = 0; pack < 3; ++pack) {
            for (const std::uint32_t entry : needed_entries(usage, pack_id(pack))) found.emplace(pack_id(pack), entry);
        }
        CHECK(found == expected);
    }
}

TEST_CASE("points are listed by database and strangers are passed over", "[repository][usage]") {
    MemoryStore store;
    for (const char* name : {"points/shop/01a", "points/shop/01b", "points/books/01c", "points/shop/x/y", "points/stray"}) store.put(name, {});
    CHECK(list_points(store, std::nullopt).size() == 3);
    CHECK(list_points(store, DatabaseName("shop")).size() == 2);
    CHECK(list_points(store, DatabaseName("sho")).empty());
}
