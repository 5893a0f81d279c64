// Which pieces make up a stream: holes, damage, pieces that were merged, and pieces that belong elsewhere.
#include "engine/repository/log_chain.hpp"

#include "tests/engine/repository/log_bench.hpp"

using namespace holdfast;

namespace {

// Five pieces of one transaction each.
struct FivePieces : LogBench {
    FivePieces() {
        take_base(20);
        begin_stream();
        for (unsigned i = 1; i <= 5; ++i) {
            update({i, i + 1}, i);
            make_durable();
        }
    }
};

}  // namespace

TEST_CASE("what stands before a hole stays usable, and the hole is told", "[repository][log]") {
    FivePieces shop;
    shop.store.remove(shop.pieces()[3]);
    CHECK(shop.facts().transactions == 3);
    CHECK(shop.facts().hole.find("piece 4") != std::string::npos);
    CHECK(shop.facts().mark == "mark 3");
    CHECK((shop.restored_at(3) == shop.states[3]));
    CHECK(error_thrown_by([&] { shop.restored_at(4); })->code == ErrorCode::CannotRecover);
    CHECK(error_thrown_by([&] { shop.go_on(); })->code == ErrorCode::Corrupt);
}

TEST_CASE("a damaged piece is a hole, also the last one", "[repository][log]") {
    for (const std::size_t which : {1u, 4u}) {
        FivePieces shop;
        shop.flip(shop.pieces()[which], 60);
        CHECK(shop.facts().transactions == which);
        CHECK(shop.facts().hole.find("damaged") != std::string::npos);
        CHECK((shop.restored_at(which) == shop.states[which]));
    }
}

TEST_CASE("pieces that lost their end are no hole", "[repository][log]") {
    // What was put last and is gone cannot be told from what was never put.
    FivePieces shop;
    shop.store.remove(shop.pieces()[4]);
    CHECK(shop.facts().transactions == 4);
    CHECK(shop.facts().hole.empty());
}

TEST_CASE("a piece of an earlier life of the store does not fit in", "[repository][log]") {
    FivePieces shop;
    const std::string third = shop.pieces()[2];
    const Bytes before = shop.store.get(third, 1u << 20);
    for (int i = 0; i < 3; ++i) shop.store.remove(shop.pieces().back());
    shop.states.resize(3);
    shop.live = shop.states[2];
    shop.go_on();
    shop.update({9}, 9);
    shop.make_durable();
    shop.update({10}, 10);
    shop.make_durable();
    CHECK(shop.facts().transactions == 4);
    shop.store.put(third, before);
    CHECK(shop.facts().transactions == 3);
    CHECK(shop.facts().hole.find("does not follow") != std::string::npos);
}

TEST_CASE("streams of a database are listed oldest first", "[repository][log]") {
    FivePieces shop;
    const LogStreamId first = shop.stream();
    shop.clock.advance(std::chrono::seconds(1));
    shop.take_base(30, 2);
    shop.begin_stream();
    shop.update({1}, 1);
    shop.make_durable();
    const auto all = shop.repository->log_streams(LogBench::kShop);
    REQUIRE(all.size() == 2);
    CHECK(all[0].stream == first);
    CHECK(all[1].base == shop.base.point.id);
}
