#include "engine/repository/log_selection.hpp"

#include "tests/engine/repository/log_bench.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

// A stream of which only the indexes count: each transaction is the pages that it writes and how many there are behind it.
struct Indexes : KeyedStore {
    struct Written { std::vector<std::uint64_t> pages; std::uint64_t after, least; };
    LogPlace place{.store = &store, .keys = keys.get(), .clock = nullptr, .database = DatabaseName("shop"), .stream = LogStreamId("01jznk8w3xq5m9c2v7b4h6t0ra"), .cache = {}, .workers = 1};
    LogLink link;
    std::uint64_t next = 1;

    void put(const std::vector<Written>& transactions) {
        LogPieceBuilder builder;
        LogPieceIndex& index = builder.index();
        index.head = {PointId("01jznk8w3xq5m9c2v7b4h6t0rb"), {}, "the shop", "main", 4096, 20};
        index.first_transaction = next;
        for (const Written& each : transactions) {
            for (const std::uint64_t page : each.pages) builder.add(page, FrameCoding::Raw, random_content(50 + next, page));
            index.commits.push_back({1, from_millis(static_cast<std::int64_t>(next) * 1000), from_millis(0), each.after, each.least, next, each.pages.size()});
            ++next;
        }
        index.before = link;
        index.after = link = random_log_link();
        const LogPieceName name{place.database, place.stream, next, next, 0};
        names_.push_back({name, builder});
    }
    LogSelection select(std::uint64_t until, std::optional<Instant> since = {}) {
        std::uint64_t ordinal = 1;
        for (auto& [name, builder] : names_) {
            name.first = name.last = ordinal++;
            (void)store.put_if_absent(log_piece_object(name), builder.seal(*keys, keys->writing_key(place.database), name, false));
        }
        return select_versions(place, until, since);
    }
    std::vector<std::pair<LogPieceName, LogPieceBuilder>> names_;
};

std::set<std::uint64_t> pages_of(const LogSelection& selection) {
    std::set<std::uint64_t> pages;
    for (const auto& [page, frame] : selection.frames) pages.insert(page);
    return pages;
}

}  // namespace

TEST_CASE("of each page the last version counts", "[repository][log]") {
    Indexes log;
    log.put({{{1, 2}, 20, 20}, {{2, 3}, 20, 20}});
    log.put({{{3}, 20, 20}});
    const LogSelection two = log.select(2);
    CHECK(pages_of(two) == std::set<std::uint64_t>{1, 2, 3});
    CHECK(two.frames.at(3).piece == 0);
    CHECK(two.frames.at(2).bytes == 52);
    CHECK(log.select(3).frames.at(3).piece == 1);
    CHECK(log.select(3).pages == 20);
}

TEST_CASE("what was cut off is not selected", "[repository][log]") {
    Indexes log;
    log.put({{{5, 15}, 20, 20}, {{1}, 10, 10}, {{12}, 30, 30}, {{13}, 30, 11}});
    CHECK(pages_of(log.select(2)) == std::set<std::uint64_t>{1, 5});
    CHECK(log.select(2).zero_from == 10);
    CHECK(pages_of(log.select(3)) == std::set<std::uint64_t>{1, 5, 12});
    CHECK(log.select(3).pages == 30);
    CHECK(pages_of(log.select(4)) == std::set<std::uint64_t>{1, 5, 13});   // Folded ones cut it off in between.
    CHECK(log.select(1).zero_from == ~std::uint64_t{0});
}

TEST_CASE("a later start needs later transactions alone", "[repository][log]") {
    Indexes log;
    log.put({{{1}, 20, 20}, {{2}, 20, 20}, {{3}, 20, 20}});
    CHECK(pages_of(log.select(3, from_millis(2000))) == std::set<std::uint64_t>{2, 3});
    CHECK(pages_of(log.select(3, from_millis(2001))) == std::set<std::uint64_t>{3});
}
