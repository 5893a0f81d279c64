#include "providers/databases/postgres/wal_records.hpp"

#include <catch2/catch.hpp>

#include <random>

#include "providers/databases/postgres/wal_events.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/wal_builder.hpp"

using namespace holdfast;

namespace {

struct Seen {
    Lsn at, end;
    std::uint32_t xid;
    bool operator==(const Seen&) const = default;
};

std::vector<Seen> records_in(ByteView bytes, Lsn begin, std::size_t fragment, WalRecords* reader = nullptr) {
    WalRecords own(begin, kWalSegmentBytesLeast);
    WalRecords& records = reader != nullptr ? *reader : own;
    std::vector<Seen> seen;
    for (std::size_t at = 0; at < bytes.size(); at += fragment) {
        records.feed(bytes.subspan(at, std::min(fragment, bytes.size() - at)), [&](const WalRecord& record) { seen.push_back({record.at, record.end, record.xid}); });
    }
    return seen;
}

// Records of all lengths up to some pages, in a log of a few segments.
WalBuilder varied(unsigned version, std::vector<Lsn>& begins) {
    WalBuilder::Options options;
    options.version = version;
    WalBuilder wal(options);
    std::mt19937_64 random(17);
    for (std::uint32_t i = 0; wal.bytes().size() < 5 * kWalSegmentBytesLeast / 2; ++i) {
        const std::size_t size = i % 50 == 0 ? random() % 40000 : random() % 700;
        begins.push_back(wal.plain(WalSource::Heap, 0, i, Bytes(size, static_cast<std::byte>(i))));
    }
    return wal;
}

}  // namespace

TEST_CASE("records are put together whatever fragments they come in", "[postgres][wal]") {
    for (const unsigned version : {13U, 15U, 18U}) {
        std::vector<Lsn> begins;
        const WalBuilder wal = varied(version, begins);
        const std::vector<Seen> whole = records_in(wal.bytes(), wal.options().begin, wal.bytes().size());
        REQUIRE(whole.size() == begins.size());
        for (std::size_t i = 0; i < begins.size(); ++i) REQUIRE(whole[i].at == begins[i]);
        CHECK(whole.back().end == wal.end());
        for (const std::size_t fragment : {4099U, 97U}) CHECK(records_in(wal.bytes(), wal.options().begin, fragment) == whole);
    }
}

TEST_CASE("a reader that goes on where another one stopped misses no record and sees none twice", "[postgres][wal]") {
    std::vector<Lsn> begins;
    const WalBuilder wal = varied(15, begins);
    const ByteView bytes = wal.bytes();
    const Lsn begin = wal.options().begin;
    const std::vector<Seen> whole = records_in(bytes, begin, bytes.size());
    std::mt19937_64 random(3);
    for (int i = 0; i < 200; ++i) {
        const std::size_t cut = random() % bytes.size();
        WalRecords first(begin, kWalSegmentBytesLeast);
        std::vector<Seen> seen = records_in(bytes.first(cut), begin, 100000, &first);
        const Lsn resume = first.resume_at();
        REQUIRE(resume <= begin + cut + 7);
        WalRecords second(resume, kWalSegmentBytesLeast);
        second.assume_version(15);
        if (resume < wal.end()) {
            for (const Seen& each : records_in(bytes.subspan(resume - begin), resume, 50000, &second)) seen.push_back(each);
        }
        REQUIRE(seen == whole);
    }
}

TEST_CASE("a reader that begins at a page in the middle of a record begins with the next one", "[postgres][wal]") {
    WalBuilder wal;
    wal.plain(WalSource::Heap, 0, 1, Bytes(3 * kWalPageBytes));
    wal.commit(2, 1'700'000'000'000'000);
    const ByteView bytes = wal.bytes();
    const auto seen = records_in(bytes.subspan(kWalPageBytes), wal.options().begin + kWalPageBytes, 5000);
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].xid == 2);
}

TEST_CASE("what stands behind a switch of the segment is not read, and the next segment is", "[postgres][wal]") {
    WalBuilder wal;
    wal.commit(1, 1'700'000'000'000'000);
    wal.switch_segment();
    wal.commit(2, 1'700'000'000'000'000);
    const auto seen = records_in(wal.bytes(), wal.options().begin, 9000);
    REQUIRE(seen.size() == 3);
    CHECK(seen[2].xid == 2);
}

TEST_CASE("a record that a crash cut off is given up, and what follows is read", "[postgres][wal]") {
    WalBuilder wal;
    wal.commit(1, 1'700'000'000'000'000);
    wal.crash_inside_record();
    WalRecords records(wal.options().begin, kWalSegmentBytesLeast);
    std::vector<std::uint32_t> seen;
    records.feed(wal.bytes(), [&](const WalRecord& record) { seen.push_back(record.xid); });
    CHECK(seen == std::vector<std::uint32_t>{1});
    CHECK(records.ended().empty());
    CHECK(records.resume_at() == wal.end());
}

TEST_CASE("the log ends where nothing was written, where an old page stands, and where a byte is wrong", "[postgres][wal]") {
    WalBuilder wal;
    wal.commit(1, 1'700'000'000'000'000);
    wal.commit(2, 1'700'000'000'000'000);
    const auto why_with = [&](auto change) {
        Bytes bytes = wal.bytes();
        bytes.resize(2 * kWalPageBytes);
        change(bytes);
        WalRecords records(wal.options().begin, kWalSegmentBytesLeast);
        records.feed(bytes, [](const WalRecord&) {});
        return records.ended();
    };
    CHECK(why_with([](Bytes&) {}).find("nothing was written behind 0/") == 0);
    CHECK(why_with([](Bytes& bytes) { bytes[100] ^= std::byte{1}; }).find("the checksum of what begins at 0/") == 0);
    CHECK(why_with([](Bytes& bytes) { bytes[10] ^= std::byte{0x20}; }).find("there is an old page") != std::string::npos);
    CHECK(why_with([](Bytes& bytes) { bytes[0] = std::byte{0x99}; }).find("no PostgreSQL from 13 to 18 wrote it") != std::string::npos);
}

TEST_CASE("a segment of another cluster is refused", "[postgres][wal]") {
    WalBuilder first;
    first.switch_segment();
    WalBuilder::Options options;
    options.system = 5;
    options.begin = first.end();
    const WalBuilder second(options);
    WalRecords records(first.options().begin, kWalSegmentBytesLeast);
    records.feed(first.bytes(), [](const WalRecord&) {});
    CHECK(code_thrown_by([&] { records.feed(second.bytes(), [](const WalRecord&) {}); }) == ErrorCode::Corrupt);
}
