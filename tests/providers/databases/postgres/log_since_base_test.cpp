#include "providers/databases/postgres/log_since_base.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/provider/provider.hpp"
#include "engine/provider/wal.hpp"
#include "providers/databases/postgres/backup_facts.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wal_builder.hpp"

using namespace holdfast;

namespace {

constexpr RelationFiles kOrders{1663, 5, 16384};

// A base at the first record of a log whose bytes the store has; pg_wal has none.
class LoggedBase final : public ImageBase, public ArchivedWal {
public:
    LoggedBase() {
        fs::create_directories(folder / "pg_wal");
        server.system_identifier = std::to_string(wal.options().system);
        server.timeline = 1;
        server.version = "15.18";
        server.major = 15;
        server.wal_segment_bytes = wal.options().segment_bytes;
        begin = wal.commit(1, 1);
        facts_ = facts_in_words(server);
        add_places(facts_, {begin, 1, begin, 1});
    }
    const std::map<std::string, std::string>& facts() const override { return facts_; }
    const std::vector<ImageFile>& files() const override { return files_; }
    void read_at(const std::string&, std::uint64_t, std::span<std::byte>) override {}
    ArchivedWal* log() override { return is_archived ? this : nullptr; }
    void read(const WalBranch& branch, Lsn from, std::span<std::byte> out) override {
        CHECK(branch == WalBranch{wal.options().system, 1});
        if (from + out.size() > end()) throw Error(ErrorCode::Missing, "it is not in the store");
        std::ranges::copy(ByteView(written()).subspan(from - wal.options().begin, out.size()), out.begin());
    }

    // One record that changes a block of orders.
    void change(std::uint32_t block) {
        ByteWriter out;
        out.u8(0);      // The first block reference:
        out.u8(0x20);   // main fork, with data,
        out.u16(1);     // of one byte;
        for (const std::uint32_t number : {kOrders.space, kOrders.database, kOrders.relation, block}) out.u32(number);
        out.u8(7);
        wal.record(WalSource::Heap, 0, 9, out.bytes());
    }
    // A record begins at a multiple of eight.
    Bytes written() const {
        Bytes bytes = wal.bytes();
        bytes.resize((bytes.size() + 7) / 8 * 8);
        return bytes;
    }
    Lsn end() const { return wal.options().begin + written().size(); }
    void segment_on_server(const Bytes& bytes) const {
        write_file_durably(folder / "pg_wal" / segment_name({1, wal.options().begin}, wal.options().segment_bytes), bytes);
    }
    KnownChanges read_all(std::uint64_t cluster_bytes = 1 << 30) {
        return read_log_since(*this, {.server = server, .data_folder = folder.path(), .start = end(), .cluster_bytes = cluster_bytes}, {});
    }

    TemporaryFolder folder;
    WalBuilder wal;
    ServerFacts server;
    Lsn begin;
    bool is_archived = true;
    std::map<std::string, std::string> facts_;
    std::vector<ImageFile> files_;
};

std::vector<PageRange> in_orders(const KnownChanges& known) { return known.blocks.value().in_file({kOrders}, 100, 100, 131072).value(); }

}  // namespace

TEST_CASE("the log since a base names the pages that changed, from the server's folder or from the store", "[postgres][wal]") {
    LoggedBase base;
    base.change(3);
    base.change(7);
    SECTION("from the store") {}
    SECTION("from the server") {
        base.is_archived = false;
        base.segment_on_server(base.written());
    }
    const KnownChanges known = base.read_all();
    CHECK(known.why_not.empty());
    CHECK(in_orders(known) == std::vector<PageRange>{{3, 1}, {7, 1}});
}

TEST_CASE("a segment whose place another one has taken is read from the store", "[postgres][wal]") {
    LoggedBase base;
    base.change(3);
    base.segment_on_server(base.written());
    WalBuilder later({.begin = base.wal.options().begin + base.wal.options().segment_bytes});
    for (int i = 0; i < 20; ++i) later.commit(2, 2);
    base.segment_on_server(later.bytes());
    const KnownChanges known = base.read_all();
    CHECK(known.why_not.empty());
    CHECK(in_orders(known) == std::vector<PageRange>{{3, 1}});
}

TEST_CASE("log that does not fit the base is not believed", "[postgres][wal]") {
    LoggedBase base;
    base.change(3);
    std::string why;
    SECTION("missing") {
        base.is_archived = false;
        why = "is gone from the server";
    }
    SECTION("another timeline") {
        base.server.timeline = 2;
        why = "timeline";
    }
    SECTION("checksums switched") {
        base.server.checksums = true;
        why = "page checksums changed";
    }
    SECTION("restored meanwhile") {
        write_file_durably(base.folder / kLineageFile, as_bytes("f00\n"));
        why = "was restored since";
    }
    SECTION("damage in the base") {
        base.facts_[kSourceDamageFact] = "1 damaged page";
        why = "damaged pages";
    }
    SECTION("no places") {
        base.facts_.erase(kStartLsnFact);
        why = "does not say where";
    }
    SECTION("a log that went back") {
        add_places(base.facts_, {base.wal.end() + 8192, 1, base.wal.end() + 8192, 1});
        why = "is behind";
    }
    const KnownChanges known = base.read_all();
    CHECK_FALSE(known.blocks);
    CHECK(known.why_not.find(why) != std::string::npos);
}

TEST_CASE("log that is longer than the cluster is not read", "[postgres][wal]") {
    LoggedBase base;
    for (int i = 0; i < 100; ++i) base.change(3);
    CHECK(base.read_all(1000).why_not == "the log since the backup before is longer than the cluster");
}

TEST_CASE("a record that is damaged in the log makes all of it unknown", "[postgres][wal]") {
    LoggedBase base;
    base.change(3);
    base.is_archived = false;
    Bytes bytes = base.written();
    bytes[base.wal.bytes().size() - 1] ^= std::byte{1};
    base.segment_on_server(bytes);
    const KnownChanges known = base.read_all();
    CHECK_FALSE(known.blocks);
    CHECK(known.why_not.find("checksum") != std::string::npos);
}
