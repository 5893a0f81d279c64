#include "engine/repository/repository_logs.hpp"

#include "tests/engine/repository/log_bench.hpp"

using namespace holdfast;

TEST_CASE("every transaction of a stream can be recovered", "[repository][log]") {
    for (const bool sealed : {true, false}) {
        LogBench shop(sealed);
        shop.take_base(100);
        shop.begin_stream();
        shop.update({1, 2, 3}, 1);
        shop.make_durable();
        shop.update({2}, 2);
        shop.update({2, 50, 99}, 3);
        shop.make_durable();
        CHECK(shop.pieces().size() == 2);
        for (std::uint64_t number = 0; number <= 3; ++number) {
            INFO("transaction " << number);
            CHECK((shop.restored_at(number) == shop.states[number]));
            CHECK((shop.read_at(number) == shop.states[number]));
        }
    }
}

TEST_CASE("a stream says what it is from its pieces alone", "[repository][log]") {
    LogBench shop;
    shop.take_base(10);
    shop.begin_stream();
    CHECK(shop.writer->facts().mark == "mark 0");
    CHECK(shop.repository->log_streams(LogBench::kShop).empty());
    shop.update({1}, 1);
    shop.update({2}, 2);
    const Instant until = shop.clock.now();
    shop.make_durable();
    for (const LogStreamFacts& facts : {shop.facts(), shop.writer->facts()}) {
        CHECK(facts.base == shop.base.point.id);
        CHECK(facts.from == shop.base.point.instant);
        CHECK(facts.identity == "the shop");
        CHECK(facts.mark == "mark 2");
        CHECK(facts.transactions == 2);
        CHECK(facts.until == until);
        CHECK(facts.precision == Duration(5));
        CHECK(facts.pieces == 1);
        CHECK(facts.bytes == shop.store.look_at(shop.pieces()[0])->bytes);
        CHECK(facts.hole.empty());
    }
}

TEST_CASE("reading a log tells each transaction and its pages", "[repository][log]") {
    LogBench shop;
    shop.take_base(10);
    shop.begin_stream();
    shop.update({3, 1}, 1);
    shop.update({7}, 2);
    shop.make_durable();
    const auto all = shop.transactions();
    REQUIRE(all.size() == 2);
    CHECK(all[0].number == 1);
    CHECK(all[0].pages == std::vector<std::uint64_t>{1, 3});
    CHECK(all[0].page_count == 2);
    CHECK(all[1].pages == std::vector<std::uint64_t>{7});
    CHECK(all[1].pages_after == 10);
    CHECK(all[1].at - all[1].not_before == Duration(5));
    CHECK(all[0].digest != all[1].digest);
    std::vector<std::uint64_t> numbers;
    shop.repository->read_log(LogBench::kShop, shop.stream(), 2, 5, false, [&](const LogTransaction& each) {
        numbers.push_back(each.number);
        CHECK(each.pages.empty());
        return true;
    });
    CHECK(numbers == std::vector<std::uint64_t>{2});
}

TEST_CASE("a stream goes on where it ended", "[repository][log]") {
    LogBench shop;
    shop.take_base(50);
    shop.begin_stream();
    shop.update({1, 2}, 1);
    shop.make_durable();
    shop.update({3}, 2);   // Never durable: another process begins again behind the first.
    shop.live = shop.states[1];
    shop.states.resize(2);
    shop.go_on();
    CHECK(shop.writer->facts().mark == "mark 1");
    CHECK(shop.writer->facts().transactions == 1);
    shop.asked_before = 0;
    shop.update({1, 4}, 3);
    CHECK(shop.asked_before == 1);   // Only the page that the stream had not touched.
    shop.make_durable();
    CHECK(shop.facts().transactions == 2);
    CHECK((shop.restored_at(1) == shop.states[1]));
    CHECK((shop.restored_at(2) == shop.states[2]));
    CHECK(shop.store.look_at(shop.pieces()[1])->bytes < 1000);   // Page 1 is a delta although it was touched before.
}

TEST_CASE("a database that shrinks and grows again has zeros where nothing was written", "[repository][log]") {
    LogBench shop;
    shop.take_base(20);
    shop.begin_stream();
    const auto resize = [&](std::size_t pages, const std::set<std::uint64_t>& written) {
        shop.transaction([&](Bytes& bytes) {
            bytes.resize(pages * kPage);
            for (const std::uint64_t page : written) change_page(bytes, page, static_cast<unsigned>(page + pages));
            return written;
        });
    };
    shop.update({15, 19}, 1);
    resize(25, {21, 24});
    resize(10, {0});
    resize(30, {17, 28});
    resize(12, {});
    shop.make_durable();
    for (std::uint64_t number = 0; number < shop.states.size(); ++number) {
        INFO("transaction " << number);
        CHECK((shop.restored_at(number) == shop.states[number]));
        CHECK((shop.read_at(number) == shop.states[number]));
    }
}

TEST_CASE("a later point is as good a start", "[repository][log]") {
    LogBench shop;
    shop.take_base(40);
    shop.begin_stream();
    shop.update({1, 2}, 1);
    shop.update({2, 3}, 2);
    shop.make_durable();
    const auto image = shop.begin("shop", shop.base.point.id);
    image->add_pages(LogBench::file(shop.live), LogBench::reading(shop.live));
    PointManifest manifest;
    manifest.identity = "the shop";
    manifest.point.started = manifest.point.instant = shop.clock.now();
    const PointManifest later = image->commit(manifest);
    shop.clock.advance(std::chrono::seconds(1));
    shop.update({3, 5}, 3);
    shop.update({1}, 4);
    shop.make_durable();
    CHECK((shop.restored_at(3, later.point.id) == shop.states[3]));
    CHECK((shop.restored_at(4, later.point.id) == shop.states[4]));
    CHECK(error_thrown_by([&] { shop.restored_at(2, later.point.id); })->code == ErrorCode::Usage);
}

TEST_CASE("a transaction that is not there is said so", "[repository][log]") {
    LogBench shop;
    shop.take_base(10);
    shop.begin_stream();
    shop.update({1}, 1);
    shop.make_durable();
    CHECK(error_thrown_by([&] { shop.restored_at(2); })->code == ErrorCode::CannotRecover);
    const LogPosition elsewhere{LogStreamId("01jznk8w3xq5m9c2v7b4h6t0ra"), 1};
    CHECK(error_thrown_by([&] { shop.repository->read_image_at(LogBench::kShop, shop.base.point.id, elsewhere); })->code == ErrorCode::Missing);
    CHECK(error_thrown_by([&] { shop.repository->continue_log(LogBench::kShop, elsewhere.stream); })->code == ErrorCode::Missing);
}

TEST_CASE("a stream that is forgotten leaves nothing", "[repository][log]") {
    LogBench shop;
    shop.take_base(10);
    shop.begin_stream();
    shop.update({1}, 1);
    shop.make_durable();
    shop.update({1}, 2);
    shop.make_durable();
    const LogStreamId stream = shop.stream();
    CHECK(shop.repository->forget_log(LogBench::kShop, stream));
    CHECK(shop.pieces().empty());
    CHECK_FALSE(shop.repository->forget_log(LogBench::kShop, stream));
}

TEST_CASE("delta restore ends with the same bytes", "[repository][log]") {
    LogBench shop;
    shop.take_base(60);
    shop.begin_stream();
    for (unsigned i = 1; i <= 5; ++i) shop.update({i, i * 7}, i);
    shop.make_durable();
    const fs::path target = shop.folder / "there";
    write_file_durably(target, shop.states[5]);
    const auto totals = shop.repository->read_image_at(LogBench::kShop, shop.base.point.id, {shop.stream(), 2})->restore_file("main", target, true, shop.progress, {});
    CHECK((read_file(target, 1u << 30) == shop.states[2]));
    CHECK(totals.written_bytes < 20 * kPage);
    CHECK(error_thrown_by([&] { shop.repository->read_image_at(LogBench::kShop, shop.base.point.id, {shop.stream(), 1})->restore_file("main", target, false, shop.progress, {}); })->code == ErrorCode::AlreadyExists);
    CHECK((read_file(target, 1u << 30) == shop.states[2]));
}
