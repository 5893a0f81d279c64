#include "providers/databases/postgres/page_file.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

constexpr std::uint32_t kPageBytes = 8192;

Bytes page_of(std::uint32_t block, std::byte filling) {
    Bytes page(kPageBytes, filling);
    page[0] = page[1] = page[2] = page[3] = page[4] = page[5] = page[6] = page[7] = std::byte{0};   // Changed long ago.
    const std::uint16_t sum = page_checksum(page, block);
    page[8] = static_cast<std::byte>(sum & 0xff);
    page[9] = static_cast<std::byte>(sum >> 8);
    return page;
}

struct PagesOnDisk {
    TemporaryFolder folder;
    DamagedPages damaged{true, Lsn{1000}};
    fs::path path = folder / "16384";
    void put(std::initializer_list<Bytes> pages) const {
        Bytes all;
        for (const Bytes& page : pages) all.insert(all.end(), page.begin(), page.end());
        write_file_durably(path, all);
    }
};

}  // namespace

TEST_CASE("pages come as they are in the file, and zeros behind its end", "[postgres][backup]") {
    PagesOnDisk f;
    f.put({page_of(0, std::byte{7}), page_of(1, std::byte{8})});
    const File file = File::open(f.path, File::Mode::Read);
    PageFile pages(file, "base/5/16384", kPageBytes, 0, f.damaged);
    Bytes out(3 * kPageBytes, std::byte{0xee});
    pages.read(0, out);
    CHECK(out[100] == std::byte{7});
    CHECK(out[kPageBytes + 100] == std::byte{8});
    CHECK(std::ranges::all_of(ByteView(out).subspan(2 * kPageBytes), [](std::byte byte) { return byte == std::byte{0}; }));
    CHECK(f.damaged.count() == 0);
}

TEST_CASE("a page that stays wrong is named once, by its place in the backup", "[postgres][backup]") {
    PagesOnDisk f;
    Bytes wrong = page_of(131073, std::byte{7});
    wrong[5000] = std::byte{9};
    f.put({page_of(131072, std::byte{7}), wrong});
    const File file = File::open(f.path, File::Mode::Read);
    PageFile pages(file, "base/5/16384.1", kPageBytes, 131072, f.damaged);
    Bytes out(2 * kPageBytes);
    pages.read(0, out);
    REQUIRE(f.damaged.count() == 1);
    CHECK(f.damaged.problems()[0].where == "base/5/16384.1 page 1");
    CHECK(ByteView(out).subspan(kPageBytes)[5000] == std::byte{9});   // Kept as it is.
}

TEST_CASE("a file that grows is read as far as it was", "[postgres][backup]") {
    PagesOnDisk f;
    write_file_durably(f.path, as_bytes("one two three"));
    const File file = File::open(f.path, File::Mode::Read);
    FileBytes bytes(file, 7);
    Bytes out(5);
    CHECK(bytes.read(out) == 5);
    CHECK(bytes.read(out) == 2);
    CHECK(as_text(ByteView(out).first(2)) == "wo");
    CHECK(bytes.read(out) == 0);
    FileBytes shorter(file, 100);
    Bytes all(100);
    CHECK(shorter.read(all) == 13);
    CHECK(shorter.read(all) == 0);
}
