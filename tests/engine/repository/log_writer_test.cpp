#include "engine/repository/log_writer.hpp"

#include "tests/engine/repository/log_bench.hpp"

using namespace holdfast;

TEST_CASE("another writer of the same stream is met", "[repository][log]") {
    LogBench shop;
    shop.take_base(20);
    shop.begin_stream();
    shop.update({1}, 1);
    shop.make_durable();
    const auto other = shop.repository->continue_log(LogBench::kShop, shop.stream());
    shop.update({2}, 2);
    shop.make_durable();
    other->add_page(3, ByteView(shop.live).first(kPage), shop.before());
    other->commit(shop.clock.now(), shop.clock.now(), 20, "other");
    CHECK(error_thrown_by([&] { other->make_durable(); })->code == ErrorCode::Changed);
    CHECK(error_thrown_by([&] { other->make_durable(); })->code == ErrorCode::Changed);
    CHECK(shop.facts().transactions == 2);
}

TEST_CASE("a writer that slept while its pieces were merged notices", "[repository][log]") {
    LogBench shop;
    shop.take_base(20);
    shop.begin_stream();
    shop.update({1}, 1);
    shop.make_durable();
    const auto sleeper = shop.repository->continue_log(LogBench::kShop, shop.stream());
    for (unsigned i = 2; i < 5; ++i) {
        shop.update({i}, i);
        shop.make_durable();
    }
    shop.store.remove(shop.pieces()[1]);   // As if merged with what stands behind it.
    shop.clock.advance(std::chrono::minutes(1));
    sleeper->add_page(3, ByteView(shop.live).first(kPage), shop.before());
    sleeper->commit(shop.clock.now(), shop.clock.now(), 20, "sleeper");
    CHECK(error_thrown_by([&] { sleeper->make_durable(); })->code == ErrorCode::Changed);
}

TEST_CASE("a huge transaction goes out in pieces and shows when it is whole", "[repository][log]") {
    LogBench shop;
    shop.take_base(100);
    shop.begin_stream();
    shop.update({1}, 1);
    shop.make_durable();
    // 24 MB of noise.
    const std::size_t pages = 6000;
    const Bytes fresh = noise(pages * kPage, 7);
    for (std::size_t page = 0; page < pages; ++page) {
        shop.writer->add_page(page, ByteView(fresh).subspan(page * kPage, kPage), shop.before());
        REQUIRE(shop.writer->waiting_bytes() < (9u << 20));
    }
    CHECK(shop.pieces().size() == 3);
    CHECK(shop.facts().transactions == 1);
    CHECK((shop.restored_at(1) == shop.states[1]));
    shop.writer->commit(shop.clock.now(), shop.clock.now(), pages, "big");
    shop.make_durable();
    CHECK(shop.facts().transactions == 2);
    CHECK((shop.restored_at(2) == fresh));
    CHECK(shop.transactions()[1].page_count == pages);
}

TEST_CASE("what a killed writer left of a huge transaction is no part of the next", "[repository][log]") {
    LogBench shop;
    shop.take_base(100);
    shop.begin_stream();
    shop.update({1}, 1);
    shop.make_durable();
    const Bytes fresh = noise(2500 * kPage, 7);
    for (std::size_t page = 0; page < 2500; ++page) shop.writer->add_page(page, ByteView(fresh).subspan(page * kPage, kPage), shop.before());
    CHECK(shop.pieces().size() == 2);
    shop.go_on();
    shop.update({2, 5}, 3);
    shop.make_durable();
    CHECK((shop.restored_at(2) == shop.states[2]));
    CHECK(shop.transactions()[1].pages == std::vector<std::uint64_t>{2, 5});
}

TEST_CASE("the clock may be set back, transactions keep their order", "[repository][log]") {
    LogBench shop;
    shop.take_base(10);
    shop.begin_stream();
    shop.update({1}, 1);
    const Instant first = shop.clock.now();
    shop.clock.set(first - std::chrono::hours(1));
    shop.update({2}, 2);
    shop.make_durable();
    const auto all = shop.transactions();
    CHECK(all[0].at == first);
    CHECK(all[1].at == first);
    CHECK(all[1].not_before < first);
}

TEST_CASE("only a point that is one file of pages can be followed", "[repository][log]") {
    LogBench shop;
    const Bytes bytes = noise(100000, 1);
    const auto image = shop.begin();
    image->add_bytes({.name = "dump", .page_bytes = 0, .bytes = bytes.size(), .mode = 0600}, LogBench::streaming(bytes));
    const PointManifest dump = shop.commit(*image);
    CHECK(error_thrown_by([&] { shop.repository->begin_log(LogBench::kShop, dump.point.id); })->code == ErrorCode::Usage);
}

TEST_CASE("a page that is not at hand as it was before is kept all the same", "[repository][log]") {
    LogBench shop;
    shop.take_base(20);
    shop.begin_stream();
    const Bytes fresh = noise(kPage, 7);
    const auto not_at_hand = [](std::uint64_t, std::span<std::byte>) { throw Error(ErrorCode::Missing, "not at hand"); };
    shop.writer->add_page(3, fresh, not_at_hand);
    shop.writer->commit(shop.clock.now(), shop.clock.now(), 20, "one");
    shop.make_durable();
    Bytes expected = shop.states[0];
    std::ranges::copy(fresh, expected.begin() + static_cast<std::ptrdiff_t>(3 * kPage));
    CHECK((shop.restored_at(1) == expected));
    const auto broken = [](std::uint64_t, std::span<std::byte>) { throw Error(ErrorCode::Io, "broken"); };
    CHECK(code_thrown_by([&] { shop.writer->add_page(4, fresh, broken); }) == ErrorCode::Io);
}

TEST_CASE("a stream in which nothing has happened yet is known once it is announced", "[repository][log]") {
    LogBench shop;
    shop.take_base(20);
    shop.begin_stream();
    CHECK(shop.repository->log_streams(LogBench::kShop).empty());
    shop.writer->announce();
    REQUIRE(shop.repository->log_streams(LogBench::kShop).size() == 1);
    CHECK(shop.facts().transactions == 0);
    CHECK(shop.facts().hole.empty());
    shop.writer->announce();   // Once is enough.
    CHECK(shop.pieces().size() == 1);
    shop.update({1}, 1);
    shop.make_durable();
    CHECK(shop.facts().transactions == 1);
    CHECK((shop.restored_at(1) == shop.states[1]));
    CHECK(shop.repository->continue_log(LogBench::kShop, shop.stream())->facts().transactions == 1);
}
