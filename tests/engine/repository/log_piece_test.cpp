#include "engine/repository/log_piece.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

LogPieceName name_of(std::uint64_t first = 1, std::uint64_t last = 1) {
    return {DatabaseName("shop"), LogStreamId("01jznk8w3xq5m9c2v7b4h6t0ra"), first, last, 0};
}

LogPieceBuilder builder_with(std::size_t versions) {
    LogPieceBuilder builder;
    for (std::size_t i = 0; i < versions; ++i) builder.add(i * 3, FrameCoding::Raw, random_content(100 + i % 50, i));
    LogPieceIndex& index = builder.index();
    index.head = {PointId("01jznk8w3xq5m9c2v7b4h6t0rb"), instant("2026-03-01T00:00:00Z"), "the shop", "main", 4096, 50};
    index.made = instant("2026-03-01T10:00:00Z");
    index.mark = "mark 5";
    index.after = random_log_link();
    index.commits.push_back({1, instant("2026-03-01T10:00:00Z"), instant("2026-03-01T09:59:59Z"), 60, 60, 0x1234, versions});
    return builder;
}

}  // namespace

TEST_CASE("a piece of a log is read as it was written", "[repository][log]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        KeyedStore store(suite);
        const KeyId owner = store.keys->writing_key(DatabaseName("shop"));
        for (const std::size_t versions : {0u, 1u, 2u, 3u, 10u, 1000u}) {
            const LogPieceBuilder builder = builder_with(versions);
            const Bytes object = builder.seal(*store.keys, owner, name_of(), false);
            const OpenedLogPiece piece = open_log_piece(*store.keys, name_of(), object);
            CHECK(piece.index == builder.index());
        }
    }
}

TEST_CASE("blocks of a piece are read in any order", "[repository][log]") {
    KeyedStore store;
    const KeyId owner = store.keys->writing_key(DatabaseName("shop"));
    for (const bool compress : {false, true}) {
        LogPieceBuilder builder = builder_with(0);
        for (std::size_t i = 0; i < 600; ++i) builder.add(i, FrameCoding::Raw, repetitive_content(1000, i));
        builder.index().commits.back().versions = 600;
        const LogPieceName name = name_of(1, compress ? 2 : 1);
        const Bytes object = builder.seal(*store.keys, owner, name, compress);
        CHECK((object.size() < 300'000) == compress);
        REQUIRE(store.store.put_if_absent(log_piece_object(name), object));
        const OpenedLogPiece piece = read_log_piece(store.store, *store.keys, name, object.size());
        REQUIRE(piece.index.blocks.size() > 10);
        LogBlocks blocks(store.store, *store.keys, piece);
        for (const std::size_t i : {0u, 599u, 300u, 301u, 5u}) {
            const PageVersion& version = piece.index.versions[i];
            CHECK((to_bytes(blocks.block(version.block, i % 2 == 0).subspan(version.offset, version.bytes)) == repetitive_content(1000, i)));
        }
    }
}

TEST_CASE("a piece of a log with three small pages is small", "[repository][log]") {
    KeyedStore store;
    LogPieceBuilder builder = builder_with(3);
    CHECK(builder.seal(*store.keys, store.keys->writing_key(DatabaseName("shop")), name_of(), false).size() < 700);
}

TEST_CASE("a piece that was damaged or put elsewhere is refused", "[repository][log]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        KeyedStore store(suite);
        const Bytes object = builder_with(2).seal(*store.keys, store.keys->writing_key(DatabaseName("shop")), name_of(), false);
        const OpenedLogPiece good = open_log_piece(*store.keys, name_of(), object);
        CHECK(refuses([&] { open_log_piece(*store.keys, name_of(2, 2), object); }));
        CHECK(refuses([&] { open_log_piece(*store.keys, {DatabaseName("shop"), LogStreamId("01jznk8w3xq5m9c2v7b4h6t0rx"), 1, 1, 0}, object); }));
        each_truncation(object, [&](const Bytes& cut) { CHECK(refuses([&] { open_log_piece(*store.keys, name_of(), cut); })); });
        std::size_t unnoticed = 0;
        each_flipped_bit(object, [&](const Bytes& flipped) {
            const auto error = error_thrown_by([&] {
                const OpenedLogPiece piece = open_log_piece(*store.keys, name_of(), flipped);
                LogBlocks(store.store, *store.keys, piece).block(0, false);
            });
            if (!error) ++unnoticed;
        });
        CHECK(unnoticed == 0);
        CHECK(good.index.commits.size() == 1);
    }
}

TEST_CASE("a piece's name says where it stands", "[repository][log]") {
    const LogPieceName name{DatabaseName("orders.eu"), LogStreamId("01jznk8w3xq5m9c2v7b4h6t0ra"), 1, 0xabc, 0};
    CHECK(log_piece_object(name) == "logs/orders.2eeu/01jznk8w3xq5m9c2v7b4h6t0ra/0000000000000001-0000000000000abc");
    CHECK(log_piece_of_object(log_piece_object(name)) == name);
    LogPieceName again = name;
    again.generation = 31;
    CHECK(log_piece_of_object(log_piece_object(again)) == again);
    for (const char* text : {"logs/shop/s/0000000000000001-000000000000000", "logs/shop/s/0000000000000002-0000000000000001", "logs/shop/s/0000000000000000-0000000000000001",
                             "logs/shop/s/0000000000000001-000000000000000A", "logs/shop/s/0000000000000001-0000000000000001.0", "logs/shop/s/0000000000000001-0000000000000001.",
                             "logs/shop//0000000000000001-0000000000000001", "logs/shop/s/x/0000000000000001-0000000000000001", "logs/shop/0000000000000001-0000000000000001",
                             "points/shop/s/0000000000000001-0000000000000001", "logs/shop/s/0000000000000001-ffffffffffffffff"}) {
        INFO(text);
        CHECK_FALSE(log_piece_of_object(text));
    }
}

TEST_CASE("a log whose data key was destroyed is told apart from a damaged one", "[repository][log]") {
    KeyedStore store;
    const DatabaseName shop("shop");
    const Bytes object = builder_with(2).seal(*store.keys, store.keys->writing_key(shop), name_of(), false);
    store.keys->announce_destruction(shop, instant("2026-03-02T00:00:00Z"));
    store.keys->reload();
    CHECK(error_thrown_by([&] { open_log_piece(*store.keys, name_of(), object); })->code == ErrorCode::CannotRecover);
}
