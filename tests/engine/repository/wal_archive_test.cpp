#include "engine/repository/wal_archive.hpp"
#include "engine/repository/wal_piece.hpp"

#include "tests/engine/repository/workbench.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

constexpr WalBranch kBranch{0x65a1b2c3d4e5f607, 1};
constexpr std::uint64_t kMiB = 1u << 20;

// Bytes of a log that never end: what stands at a place is the same for every piece that has it.
Bytes log_bytes(Lsn begin, std::uint64_t bytes) {
    Bytes result(bytes);
    for (std::uint64_t i = 0; i < bytes; ++i) result[i] = static_cast<std::byte>((begin.bytes + i) * 2654435761U >> 13);
    return result;
}

struct WalBench : Workbench {
    using Workbench::Workbench;
    std::unique_ptr<WalArchive> wal = wal_of(*repository, DatabaseName("erp"));
    bool put(Lsn begin, std::uint64_t bytes, WalPieceIndex index = {}, const WalBranch& branch = kBranch) {
        index.segment_bytes = 16 * kMiB;
        return wal->put(branch, begin, log_bytes(begin, bytes), std::move(index));
    }
    Bytes read(Lsn begin, std::uint64_t bytes) {
        Bytes out(bytes);
        wal->read(kBranch, begin, out);
        return out;
    }
};

WalTransaction commit_at(std::uint64_t at, std::uint32_t xid, std::int64_t micros, std::string name = {}) {
    return {.at = Lsn{at}, .end = Lsn{at + 40}, .xid = xid, .micros = micros, .restore_point = std::move(name)};
}

}  // namespace

TEST_CASE("what a server logged comes back byte for byte, sealed or not, in pieces of any length", "[repository][wal]") {
    for (const bool sealed : {true, false}) {
        WalBench bench(sealed);
        CHECK(bench.put(Lsn{0x3000000}, 8192));
        CHECK(bench.put(Lsn{0x3002000}, 100));
        CHECK(bench.put(Lsn{0x3002064}, 3 * kMiB));
        bench.reopen();
        bench.wal = wal_of(*bench.repository, DatabaseName("erp"));
        CHECK(bench.read(Lsn{0x3000000}, 8292 + 3 * kMiB) == log_bytes(Lsn{0x3000000}, 8292 + 3 * kMiB));
        CHECK(bench.read(Lsn{0x3002001}, 200) == log_bytes(Lsn{0x3002001}, 200));
        CHECK(bench.verify().ok());
    }
}

TEST_CASE("putting the same again changes nothing, and other bytes at the same place are refused", "[repository][wal]") {
    WalBench bench;
    CHECK(bench.put(Lsn{0x3000000}, 8192));
    CHECK_FALSE(bench.put(Lsn{0x3000000}, 8192));
    CHECK_FALSE(bench.put(Lsn{0x3001000}, 100));   // Inside.
    const auto before = bench.names("wal/");
    Bytes other = log_bytes(Lsn{0x3000000}, 8192);
    other[100] ^= std::byte{1};
    CHECK(code_thrown_by([&] { bench.wal->put(kBranch, Lsn{0x3000000}, other, {}); }) == ErrorCode::AlreadyExists);
    other.resize(16384);   // Longer, and its beginning differs.
    CHECK(code_thrown_by([&] { bench.wal->put(kBranch, Lsn{0x3000000}, other, {}); }) == ErrorCode::AlreadyExists);
    CHECK(code_thrown_by([&] { bench.wal->put(kBranch, Lsn{0x3001000}, Bytes(10), {}); }) == ErrorCode::AlreadyExists);
    CHECK(bench.names("wal/") == before);
    CHECK(bench.put(Lsn{0x3000000}, 8192, {}, {kBranch.system, 2}));   // Another timeline is another log.
    CHECK(bench.put(Lsn{0x3000000}, 8192, {}, {kBranch.system + 1, 1}));
}

TEST_CASE("a whole segment takes the place of the small pieces that it holds", "[repository][wal]") {
    WalBench bench;
    WalPieceIndex first, second, whole;
    first.transactions = {commit_at(0x3000100, 700, 5)};
    second.transactions = {commit_at(0x3002100, 701, 4)};
    whole.transactions = {first.transactions[0], second.transactions[0], commit_at(0x3900000, 702, 9)};
    bench.put(Lsn{0x3000000}, 8192, first);
    bench.put(Lsn{0x3002000}, 8192, second);
    bench.put(Lsn{0x4000000}, 100);
    CHECK(bench.put(Lsn{0x3000000}, 16 * kMiB, whole));
    CHECK(bench.wal->pieces().size() == 2);
    CHECK(bench.read(Lsn{0x3000000}, 16 * kMiB + 100) == log_bytes(Lsn{0x3000000}, 16 * kMiB + 100));
    std::vector<std::uint32_t> xids;
    bench.wal->visit_transactions(kBranch, Lsn{0x3000140}, Lsn{0x5000000}, [&](const WalTransaction& each) {
        xids.push_back(each.xid);
        return true;
    });
    CHECK(xids == std::vector<std::uint32_t>{701, 702});
}

TEST_CASE("transactions are kept with time, number and name, also where their clock went back", "[repository][wal]") {
    WalBench bench;
    WalPieceIndex index;
    index.version = 15;
    index.resume_at = Lsn{0x2fff000};
    index.transactions = {commit_at(0x2ffffe0, 4'000'000'000, 1'774'785'600'000'001), commit_at(0x3000100, 3, -5), commit_at(0x3000200, 0, 7, "before the migration")};
    bench.put(Lsn{0x3000000}, 8192, index);
    const WalPieceIndex read = bench.wal->index_of(bench.wal->pieces().at(0));
    CHECK(read.transactions == index.transactions);
    CHECK(read.resume_at == index.resume_at);
    CHECK(read.version == 15);
    CHECK(read.segment_bytes == 16 * kMiB);
    CHECK(read.written == bench.clock.now());
}

TEST_CASE("unbroken stretches are told apart, and a gap is named", "[repository][wal]") {
    WalBench bench;
    bench.put(Lsn{0x3000000}, 8192);
    bench.put(Lsn{0x3002000}, 8192);
    bench.put(Lsn{0x3005000}, 4096);
    bench.put(Lsn{0x3005000}, 8192, {}, {kBranch.system, 2});
    const auto runs = bench.wal->runs();
    REQUIRE(runs.size() == 3);
    CHECK(runs[0].begin == Lsn{0x3000000});
    CHECK(runs[0].end == Lsn{0x3004000});
    CHECK(runs[0].pieces == 2);
    CHECK(runs[1].begin == Lsn{0x3005000});
    CHECK(runs[2].branch.timeline == 2);
    const Error error = error_thrown_by([&] { bench.read(Lsn{0x3000000}, 0x6000); }).value();
    CHECK(error.code == ErrorCode::Missing);
    CHECK(error.message.find("from 0/3004000 on timeline 1") != std::string::npos);
}

TEST_CASE("the history of a timeline is kept, and another one under its name refused", "[repository][wal]") {
    WalBench bench;
    CHECK(bench.wal->put_file(7, "00000002.history", as_bytes("1\t0/3000148\tno recovery target specified\n")));
    CHECK_FALSE(bench.wal->put_file(7, "00000002.history", as_bytes("1\t0/3000148\tno recovery target specified\n")));
    CHECK(code_thrown_by([&] { bench.wal->put_file(7, "00000002.history", as_bytes("1\t0/4\tother\n")); }) == ErrorCode::AlreadyExists);
    CHECK(as_text(bench.wal->file(7, "00000002.history").value()) == "1\t0/3000148\tno recovery target specified\n");
    CHECK_FALSE(bench.wal->file(8, "00000002.history"));
    CHECK(bench.wal->pieces().empty());
}

TEST_CASE("no flipped bit of a piece goes unseen", "[repository][wal]") {
    WalBench bench;
    bench.put(Lsn{0x3000000}, 300 * 1024);
    const std::string object = bench.names("wal/").at(0);
    const std::size_t size = bench.store.get(object, 1u << 24).size();
    for (const std::size_t at : {std::size_t{0}, std::size_t{8}, std::size_t{13}, std::size_t{20}, std::size_t{40}, std::size_t{60}, size / 2, size - 1}) {
        bench.flip(object, at);
        CHECK(error_thrown_by([&] { bench.read(Lsn{0x3000000}, 300 * 1024); }));
        CHECK_FALSE(bench.verify().ok());
        bench.flip(object, at);
    }
    CHECK(bench.read(Lsn{0x3000000}, 300 * 1024) == log_bytes(Lsn{0x3000000}, 300 * 1024));
}

TEST_CASE("a piece does not open under another name", "[repository][wal]") {
    WalBench bench;
    bench.put(Lsn{0x3000000}, 8192);
    const std::string object = bench.names("wal/").at(0);
    const WalPieceName moved{DatabaseName("erp"), kBranch, Lsn{0x3002000}, Lsn{0x3004000}};
    bench.store.put(wal_piece_object(moved), bench.store.get(object, 1u << 20));
    CHECK(code_thrown_by([&] { bench.read(Lsn{0x3002000}, 10); }) == ErrorCode::Corrupt);
}

TEST_CASE("a destroyed key takes the log with it", "[repository][wal]") {
    WalBench bench;
    bench.put(Lsn{0x3000000}, 8192);
    bench.wal->put_file(7, "00000002.history", as_bytes("1\t0/3000148\tx\n"));
    bench.repository->destroy_database_key(DatabaseName("erp"));
    CHECK(bench.count("wal/") == 0);
}

TEST_CASE("names of pieces say where they belong, and other names are none", "[repository][wal]") {
    const WalPieceName name{DatabaseName("erp.eu"), {0x65a1b2c3d4e5f607, 26}, Lsn{0x1'f3000000}, Lsn{0x1'f4000000}};
    CHECK(wal_piece_object(name) == "wal/erp.2eeu/65a1b2c3d4e5f607/0000001a/00000001f/00000001f3000000-00000001f4000000");
    CHECK(wal_piece_of_object(wal_piece_object(name)) == name);
    for (const char* other : {"wal/erp/65a1b2c3d4e5f607/0000001a/00000001f/00000001f3000000-00000001f5000000",    // Too long.
                              "wal/erp/65a1b2c3d4e5f607/0000001a/00000001e/00000001f3000000-00000001f4000000",    // The wrong folder.
                              "wal/erp/65a1b2c3d4e5f607/00000000/00000001f/00000001f3000000-00000001f4000000",
                              "wal/erp/65a1b2c3d4e5f607/0000001a/00000001f/00000001f3000000-00000001f3000000",
                              "wal/erp/65a1b2c3d4e5f607/files/00000002.history", "wal/erp", "wal/"}) {
        CHECK_FALSE(wal_piece_of_object(other));
    }
}
