#include "providers/databases/sqlite/wal_tail.hpp"

#include <catch2/catch.hpp>
#include <cstring>

#include "providers/databases/sqlite/wal_format.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

void put_big_endian(Bytes& bytes, std::size_t at, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) bytes[at + static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> (24 - 8 * i));
}

// A log written by hand, with checksums in either order of bytes.
struct HandmadeLog {
    static constexpr std::uint32_t kPage = 512;
    TemporaryFolder folder;
    Bytes bytes = Bytes(kWalHeaderBytes);
    WalSalts salts{};
    WalChecksum sum;

    explicit HandmadeLog(bool big) : sum(big) {
        salts.fill(std::byte{7});
        put_big_endian(bytes, 0, 0x377f0682U | (big ? 1U : 0U));
        put_big_endian(bytes, 4, 3007000);
        put_big_endian(bytes, 8, kPage);
        std::ranges::copy(salts, bytes.begin() + 16);
        sum.add(bytes.data(), 24);
        put_sum(24);
    }
    void put_sum(std::size_t at) {
        put_big_endian(bytes, at, sum.value()[0]);
        put_big_endian(bytes, at + 4, sum.value()[1]);
    }
    void add(std::uint32_t page, std::uint32_t pages_after, bool with_sum = true) {
        const std::size_t at = bytes.size();
        bytes.resize(at + kFrameHeaderBytes + kPage, static_cast<std::byte>(page));
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), kFrameHeaderBytes, std::byte{0});
        put_big_endian(bytes, at, page);
        put_big_endian(bytes, at + 4, pages_after);
        if (!with_sum) return;
        std::ranges::copy(salts, bytes.begin() + static_cast<std::ptrdiff_t>(at + 8));
        sum.add_frame(bytes.data() + at, kPage);
        put_sum(at + 16);
    }
    fs::path write() {
        write_file_durably(folder / "x-wal", bytes);
        return folder / "x-wal";
    }
};

}  // namespace

TEST_CASE("transactions are read in either order of bytes", "[sqlite][wal]") {
    HandmadeLog log(GENERATE(false, true));
    log.add(3, 0);
    log.add(1, 0);
    log.add(3, 0);
    log.add(9, 4);   // Nine was cut off by its own transaction.
    log.add(2, 4);
    log.add(5, 0);   // Not committed.
    WalTail tail(log.write(), HandmadeLog::kPage);
    REQUIRE(tail.begin(log.salts));
    const auto first = tail.next(5, false);
    REQUIRE(first);
    CHECK(first->pages_after == 4);
    CHECK(first->frames.all().size() == 2);
    CHECK(first->frames.frame_of(3) == 3);
    CHECK(tail.page(3)[0] == std::byte{3});
    const WalPlace behind_first = tail.place();
    const auto second = tail.next(5, false);
    REQUIRE(second);
    CHECK(second->frames.frame_of(2) == 5);
    CHECK_FALSE(tail.next(6, false));
    CHECK(tail.place().frame == 5);
    CHECK(tail.stand_behind(behind_first));
    CHECK(tail.next(5, false)->last_frame == 5);
}

TEST_CASE("no wrong byte in a log is taken", "[sqlite][wal]") {
    HandmadeLog log(false);
    log.add(3, 0);
    log.add(1, 4);
    const Bytes whole = log.bytes;
    for (std::size_t at = 0; at < whole.size(); at += at < 90 ? 1 : 37) {
        log.bytes = whole;
        log.bytes[at] ^= std::byte{0x40};
        WalTail tail(log.write(), HandmadeLog::kPage);
        CAPTURE(at);
        CHECK_FALSE((tail.begin(log.salts) && tail.next(2, false)));
    }
    log.bytes = whole;
    log.bytes.resize(whole.size() - 1);
    WalTail cut(log.write(), HandmadeLog::kPage);
    CHECK((cut.begin(log.salts) && !cut.next(2, true)));
}

TEST_CASE("frames without a checksum are taken where the index vouches for them", "[sqlite][wal]") {
    HandmadeLog log(false);
    log.add(1, 4);
    log.add(2, 0, false);
    log.add(3, 4, false);
    if (GENERATE(false, true)) log.sum = WalChecksum(false);   // SQLite may go on from zero.
    log.add(4, 4);
    WalTail tail(log.write(), HandmadeLog::kPage);
    REQUIRE(tail.begin(log.salts));
    CHECK(tail.next(4, false)->last_frame == 1);
    CHECK_FALSE(tail.next(4, false));
    CHECK(tail.next(4, true)->last_frame == 3);
    CHECK(tail.next(4, true)->last_frame == 4);
    // A wrong sum behind them is still refused.
    log.bytes.back() ^= std::byte{1};
    WalTail wrong(log.write(), HandmadeLog::kPage);
    REQUIRE(wrong.begin(log.salts));
    CHECK((wrong.next(4, true) && wrong.next(4, true) && !wrong.next(4, true)));
}

TEST_CASE("a place that is another one is not found", "[sqlite][wal]") {
    HandmadeLog log(false);
    log.add(1, 4);
    WalTail tail(log.write(), HandmadeLog::kPage);
    REQUIRE(tail.begin(log.salts));
    REQUIRE(tail.next(1, false));
    WalPlace place = tail.place();
    ++place.checksum[1];
    CHECK_FALSE(tail.stand_behind(place));
    place = tail.place();
    place.salts[0] = std::byte{1};
    CHECK_FALSE(tail.stand_behind(place));
    place.frame = 0;
    CHECK_FALSE(tail.stand_behind(place));
    place = tail.place();
    place.frame = 9;
    CHECK_FALSE(tail.stand_behind(place));
    CHECK(code_thrown_by([&] { WalTail(log.folder / "none-wal", 512); }) == ErrorCode::Missing);
}

TEST_CASE("a transaction larger than memory should hold is read twice, and a change in between shows", "[sqlite][wal]") {
    HandmadeLog log(false);
    for (std::uint32_t page = 1; page <= 6000; ++page) log.add(page, page == 6000 ? 6000 : 0);
    const fs::path path = log.write();
    WalTail tail(path, HandmadeLog::kPage);
    REQUIRE(tail.begin(log.salts));
    REQUIRE(tail.next(6000, false)->frames.all().size() == 6000);
    CHECK(tail.page(1)[0] == std::byte{1});
    CHECK(tail.pages_were_right());
    CHECK(tail.page(1)[0] == std::byte{1});
    File::open(path, File::Mode::ReadWrite).write_at(frame_offset(2, HandmadeLog::kPage) + 100, as_bytes("another generation"));
    CHECK_FALSE(tail.pages_were_right());
}
