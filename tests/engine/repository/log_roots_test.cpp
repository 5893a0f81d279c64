#include "engine/repository/log_roots.hpp"

#include "tests/engine/repository/parts.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

TEST_CASE("root pages come back as they were kept, from a file without a name", "[repository][log]") {
    const TemporaryFolder folder;
    for (const fs::path& where : {folder / "cache", fs::path()}) {
        RootPages roots(where, 4096, 1u << 20);
        for (unsigned i = 0; i < 100; ++i) roots.put(i * 1000, random_content(4096, i));
        Bytes page(4096);
        for (unsigned i = 0; i < 100; ++i) {
            REQUIRE(roots.get(i * 1000, page));
            CHECK((page == random_content(4096, i)));
        }
        CHECK_FALSE(roots.get(7, page));
    }
    CHECK(fs::is_empty(folder / "cache"));
}

TEST_CASE("root pages are bounded, and what is asked for stays", "[repository][log]") {
    const TemporaryFolder folder;
    RootPages roots(folder / "cache", 512, 100 * (512 + 16));
    Bytes page(512);
    for (unsigned i = 0; i < 1000; ++i) {
        roots.put(i, random_content(512, i));
        if (i >= 5) REQUIRE(roots.get(5, page));
    }
    CHECK(roots.size() == 100);
    CHECK((page == random_content(512, 5)));
    unsigned kept = 0;
    for (unsigned i = 0; i < 1000; ++i) {
        if (!roots.get(i, page)) continue;
        ++kept;
        CHECK((page == random_content(512, i)));
    }
    CHECK(kept == 100);
}

TEST_CASE("a set of pages holds what was put into it", "[repository][log]") {
    PageSet pages;
    for (const std::uint64_t page : {0ull, 4095ull, 4096ull, 1ull << 40}) {
        CHECK_FALSE(pages.contains(page));
        pages.insert(page);
        CHECK(pages.contains(page));
    }
    CHECK_FALSE(pages.contains(1));
}
