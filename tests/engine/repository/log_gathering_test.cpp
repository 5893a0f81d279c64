#include "engine/repository/log_gathering.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

// Pieces of raw frames whose bytes say page and transaction.
struct Source : KeyedStore {
    struct Commit { std::vector<std::uint64_t> pages; std::uint64_t after = 100; };
    KeyId owner = keys->writing_key(DatabaseName("shop"));
    std::uint64_t next_piece = 1, next_transaction = 1;
    LogLink link;
    bool open = false;
    std::vector<OpenedLogPiece> pieces;

    void piece(const std::vector<Commit>& commits, const std::vector<std::uint64_t>& tail = {}, bool goes_on = true) {
        LogPieceBuilder builder;
        LogPieceIndex& index = builder.index();
        index.head = {PointId("01jznk8w3xq5m9c2v7b4h6t0rb"), {}, "the shop", "main", 512, 100};
        index.mark = "mark " + std::to_string(next_piece);
        index.begins_inside = open && goes_on;
        index.ends_inside = open = !tail.empty();
        index.first_transaction = next_transaction;
        index.before = link;
        index.after = link = random_log_link();
        const auto add = [&](std::uint64_t page) { builder.add(page, FrameCoding::Raw, as_bytes(std::to_string(page) + "/" + std::to_string(next_transaction))); };
        for (const Commit& commit : commits) {
            for (const std::uint64_t page : commit.pages) add(page);
            const auto at = from_millis(static_cast<std::int64_t>(next_transaction) * 1000);
            index.commits.push_back({1, at, at, commit.after, commit.after, next_transaction, commit.pages.size()});
            ++next_transaction;
        }
        for (const std::uint64_t page : tail) add(page);
        const LogPieceName name{DatabaseName("shop"), LogStreamId("01jznk8w3xq5m9c2v7b4h6t0ra"), next_piece, next_piece, 0};
        ++next_piece;
        pieces.push_back(open_log_piece(*keys, name, builder.seal(*keys, owner, name, false)));
    }
    void feed(LogGathering& gathering, const OpenedLogPiece& piece) {
        LogBlocks blocks(store, *keys, piece);
        gathering.feed(piece, blocks);
    }
    OpenedLogPiece gathered(const LogGathering::Options& options) {
        LogGathering gathering(options, pieces.front().index.before);
        for (const OpenedLogPiece& each : pieces) feed(gathering, each);
        return sealed(gathering.take(pieces.back().index.after, {}));
    }
    OpenedLogPiece sealed(const LogPieceBuilder& builder) {
        const LogPieceName name{DatabaseName("shop"), LogStreamId("01jznk8w3xq5m9c2v7b4h6t0ra"), 1, next_piece - 1, 0};
        return open_log_piece(*keys, name, builder.seal(*keys, owner, name, true));
    }
    std::vector<std::string> frames(const OpenedLogPiece& piece) {
        LogBlocks blocks(store, *keys, piece);
        std::vector<std::string> all;
        for (const PageVersion& v : piece.index.versions) all.emplace_back(as_text(blocks.block(v.block, true).subspan(v.offset, v.bytes)));
        return all;
    }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("merging keeps every transaction and every frame as it is", "[repository][log]") {
    Source log;
    log.piece({{{1, 2}}, {{2}}});
    log.piece({{{3}}}, {4, 5});
    log.piece({{{6}}, {{7}}});
    const OpenedLogPiece merged = log.gathered({});
    CHECK(log.frames(merged) == Texts{"1/1", "2/1", "2/2", "3/3", "4/4", "5/4", "6/4", "7/5"});
    REQUIRE(merged.index.commits.size() == 5);
    CHECK(merged.index.commits[3].versions == 3);
    CHECK(merged.index.first_transaction == 1);
    CHECK(merged.index.last_transaction() == 5);
    CHECK(merged.index.before == log.pieces.front().index.before);
    CHECK(merged.index.after == log.pieces.back().index.after);
    CHECK(merged.index.mark == "mark 3");
}

TEST_CASE("what a killed writer left open is dropped", "[repository][log]") {
    Source log;
    log.piece({{{1}}}, {8, 9});
    log.piece({{{2}}}, {}, false);
    const OpenedLogPiece merged = log.gathered({});
    CHECK(log.frames(merged) == Texts{"1/1", "2/2"});
    CHECK_FALSE(merged.index.ends_inside);
}

TEST_CASE("an open transaction stays open on both sides", "[repository][log]") {
    Source log;
    log.piece({}, {1});
    log.piece({}, {2});
    log.piece({}, {3});
    log.pieces.erase(log.pieces.begin());
    const OpenedLogPiece merged = log.gathered({});
    CHECK(merged.index.begins_inside);
    CHECK(merged.index.ends_inside);
    CHECK(log.frames(merged) == Texts{"2/1", "3/1"});
}

TEST_CASE("folding keeps the last versions and the last transaction", "[repository][log]") {
    Source log;
    log.piece({{{1, 2}}, {{2, 3}}});
    log.piece({{{3}}, {{1}}, {{9}}});
    const OpenedLogPiece folded = log.gathered({.fold_before = from_millis(4000), .skip_through = 0});
    CHECK(log.frames(folded) == Texts{"1/1", "2/2", "3/3", "1/4", "9/5"});
    REQUIRE(folded.index.commits.size() == 3);
    CHECK(folded.index.commits[0].span == 3);
    CHECK(folded.index.commits[0].digest == 3);
    CHECK(folded.index.commits[0].at == from_millis(3000));
    CHECK(folded.index.last_transaction() == 5);
}

TEST_CASE("folding remembers that the file was short in between", "[repository][log]") {
    Source log;
    log.piece({{{10, 60}}, {{1}, 50}, {{70}, 80}, {{90}, 100}});
    const OpenedLogPiece folded = log.gathered({.fold_before = from_millis(9000), .skip_through = 0});
    CHECK(log.frames(folded) == Texts{"1/2", "10/1", "70/3", "90/4"});
    CHECK(folded.index.commits.at(0).pages_least == 50);
    CHECK(folded.index.commits.at(0).pages_after == 100);
}

TEST_CASE("a transaction that began in an earlier piece is not folded with others", "[repository][log]") {
    Source log;
    log.piece({}, {1});
    log.piece({{{2}}, {{3}}, {{4}}});
    log.pieces.erase(log.pieces.begin());
    const OpenedLogPiece folded = log.gathered({.fold_before = from_millis(9000), .skip_through = 0});
    REQUIRE(folded.index.commits.size() == 2);
    CHECK(folded.index.commits[0].span == 1);
    CHECK(folded.index.commits[1].span == 2);
}

TEST_CASE("what is there already is left out, also of a folded run", "[repository][log]") {
    Source log;
    log.piece({{{1}}, {{2}}});
    log.piece({{{3}}, {{4}}}, {5});
    const OpenedLogPiece rest = log.gathered({.fold_before = {}, .skip_through = 3});
    CHECK(log.frames(rest) == Texts{"4/4", "5/5"});
    CHECK(rest.index.first_transaction == 4);
    log.pieces = {log.gathered({.fold_before = from_millis(9000), .skip_through = 0})};
    const OpenedLogPiece of_folded = log.gathered({.fold_before = {}, .skip_through = 3});
    CHECK(of_folded.index.first_transaction == 4);
    CHECK(of_folded.index.commits.at(0).span == 1);
    CHECK(of_folded.index.last_transaction() == 4);
}
