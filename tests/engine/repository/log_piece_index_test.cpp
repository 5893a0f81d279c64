// The index alone: columns, their bounds, and what does not add up.
#include "engine/repository/log_piece.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

LogPieceIndex sample() {
    LogPieceBuilder builder;
    for (unsigned i = 0; i < 40; ++i) builder.add(1000 - i * 7, i % 9 == 0 ? FrameCoding::Zero : FrameCoding::Delta, i % 9 == 0 ? Bytes() : random_content(2000, i));
    LogPieceIndex index = builder.index();
    index.head = {PointId("01jznk8w3xq5m9c2v7b4h6t0rb"), instant("2026-03-01T00:00:00Z"), "the shop", "main", 4096, 500};
    index.made = instant("2026-03-01T10:00:00Z");
    index.mark = "mark";
    index.begins_inside = index.ends_inside = true;
    index.first_transaction = 17;
    index.commits = {{1, instant("2026-03-01T10:00:00Z"), instant("2026-03-01T09:00:00Z"), 900, 900, 1, 10},
                     {5, instant("2026-03-01T10:00:01Z"), instant("2026-03-01T10:00:01Z"), 1200, 800, ~std::uint64_t{0}, 25}};
    return index;
}

}  // namespace

TEST_CASE("an index is read as it was written", "[repository][log]") {
    const LogPieceIndex index = sample();
    CHECK(decode_log_index(encode_log_index(index)) == index);
    CHECK(index.last_transaction() == 22);
}

TEST_CASE("an index that does not add up is refused", "[repository][log]") {
    struct Row { const char* name; std::function<void(LogPieceIndex&)> spoil; };
    const Row rows[] = {
        {"more pages than there are", [](LogPieceIndex& i) { i.commits[1].versions = 31; }},
        {"an open transaction without pages", [](LogPieceIndex& i) { i.commits[1].versions = 30; }},
        {"pages of no transaction", [](LogPieceIndex& i) { i.ends_inside = false; }},
        {"a frame that is too long", [](LogPieceIndex& i) { i.versions[1].bytes = kFrameBytesMax + 1; }},
        {"a frame in two blocks", [](LogPieceIndex& i) { i.versions[1].bytes += 1; }},
        {"a block too many", [](LogPieceIndex& i) { i.blocks.push_back({100, 100}); }},
        {"a block without bytes", [](LogPieceIndex& i) { i.blocks[0].stored = 0; }},
        {"a block that is too long", [](LogPieceIndex& i) { i.blocks[0].bytes = kLogBlockBytesMax + 1; }},
        {"zeros with bytes", [](LogPieceIndex& i) { i.versions[1].coding = FrameCoding::Zero; }},
        {"a page without bytes", [](LogPieceIndex& i) { i.versions[0].coding = FrameCoding::Raw; }},
        {"a page size that logs do not have", [](LogPieceIndex& i) { i.head.page_bytes = 100; }},
        {"no transaction is number 0", [](LogPieceIndex& i) { i.first_transaction = 0; }},
        {"more were least than after", [](LogPieceIndex& i) { i.commits[0].pages_least = 901; }},
        {"too many at once", [](LogPieceIndex& i) { i.commits[0].span = std::uint64_t{1} << 50; }},
        {"no base", [](LogPieceIndex& i) { i.head.base = PointId(); }},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        LogPieceIndex index = sample();
        row.spoil(index);
        CHECK(refuses([&] { decode_log_index(encode_log_index(index)); }));
    }
}

TEST_CASE("rubbish is no index and takes no memory", "[repository][log]") {
    const Bytes good = encode_log_index(sample());
    each_truncation(good, [](const Bytes& cut) { error_thrown_by([&] { decode_log_index(cut); }); });
    each_flipped_bit(good, [](const Bytes& flipped) {
        const auto error = error_thrown_by([&] { decode_log_index(flipped); });
        if (error && !is_refusal(error->code)) FAIL(error->what());
    });
}
