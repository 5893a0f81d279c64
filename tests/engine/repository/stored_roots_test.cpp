#include "engine/repository/stored_roots.hpp"

#include "tests/engine/repository/page_deltas.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

struct Roots {
    Roots(Workbench& bench, const PointManifest& manifest)
        : opened(bench.store, manifest), pages(opened.source, opened.point, 0, opened.keys->settings().extent_bytes) {}
    std::vector<RootPlace> all() {
        std::vector<RootPlace> places;
        pages.places(0, pages.pages(), [&](std::uint64_t page, const RootPlace& place) {
            REQUIRE(page == places.size());
            places.push_back(place);
        });
        return places;
    }
    Bytes read() {
        Bytes bytes(pages.pages() * kPage);
        std::size_t read = 0;
        pages.read(all(), [&](std::size_t page, ByteView root) {
            std::ranges::copy(root, bytes.begin() + static_cast<std::ptrdiff_t>(page * kPage));
            ++read;
        });
        CHECK(read == pages.pages());
        return bytes;
    }
    OpenedForTest opened;
    StoredRoots pages;
};

}  // namespace

TEST_CASE("the root of a page that is stored plainly is the page", "[repository][stored-roots]") {
    Workbench bench;
    Bytes pages = text_pages(300, 1);
    std::fill_n(pages.begin() + 5 * kPage, 3 * kPage, std::byte{0});
    const PointManifest full = bench.full(pages);
    Roots roots(bench, full);
    CHECK((roots.read() == pages));
    CHECK(roots.pages.page_bytes() == kPage);
}

TEST_CASE("the root of a page that is a delta is what the delta is made against", "[repository][stored-roots]") {
    Workbench bench;
    const Bytes first = text_pages(300, 1);
    const PointManifest full = bench.full(first);
    Bytes second = first;
    for (std::size_t page = 3; page < 300; page += 7) change_row(second, page, page);
    const PointManifest incremental = bench.incremental(second, full.point.id);
    Bytes third = second;
    for (std::size_t page = 0; page < 300; page += 5) change_row(third, page, page + 1000);
    change_page(third, 200, 77);
    const Bytes noise_page = noise(kPage, 5);
    std::ranges::copy(noise_page, third.begin() + 100 * kPage);
    const PointManifest last = bench.incremental(third, incremental.point.id);
    REQUIRE(OpenedForTest(bench.store, last).deltas() > 80);

    Roots roots(bench, last);
    Bytes expected = first;   // But for the page that no delta was worth it for.
    std::ranges::copy(noise_page, expected.begin() + 100 * kPage);
    CHECK((roots.read() == expected));
    for (const RootPlace& place : roots.all()) {
        const auto at = roots.pages.locate(place);
        CHECK(PackSource::entry_of(*at.pack, at.entry).kind == EntryKind::Plain);
    }
}

TEST_CASE("a root whose pack is gone is an error", "[repository][stored-roots]") {
    Workbench bench;
    const Bytes pages = text_pages(30, 1);
    const PointManifest full = bench.full(pages);
    Roots roots(bench, full);
    for (const std::string& pack : bench.names("packs/")) bench.store.remove(pack);
    CHECK(code_thrown_by([&] { roots.pages.read(roots.all(), [](std::size_t, ByteView) {}); }) == ErrorCode::Missing);
}
