#include "engine/repository/log_image.hpp"

#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/log_bench.hpp"

using namespace holdfast;

TEST_CASE("a damaged block of a log spoils no file", "[repository][log]") {
    LogBench shop;
    shop.take_base(50);
    shop.begin_stream();
    shop.update({1, 2, 3}, 1);
    shop.make_durable();
    shop.flip(shop.pieces()[0], shop.store.look_at(shop.pieces()[0])->bytes - 1);
    const fs::path target = shop.folder / "spoilt";
    const auto image = shop.repository->read_image_at(LogBench::kShop, shop.base.point.id, {shop.stream(), 1});
    CHECK(error_thrown_by([&] { image->restore_file("main", target, false, shop.progress, {}); })->code == ErrorCode::Corrupt);
    CHECK_FALSE(fs::exists(target));
}

TEST_CASE("an image says how long the file is behind its transaction", "[repository][log]") {
    LogBench shop;
    shop.take_base(20);
    shop.begin_stream();
    shop.transaction([](Bytes& bytes) {
        bytes.resize(30 * kPage);
        change_page(bytes, 29, 1);
        return std::set<std::uint64_t>{29};
    });
    shop.make_durable();
    const auto image = shop.repository->read_image_at(LogBench::kShop, shop.base.point.id, {shop.stream(), 1});
    CHECK(image->manifest().files.at(0).bytes == 30 * kPage);
    CHECK(image->manifest().point.instant == shop.facts().until);
    Bytes some(100);
    image->read_at("main", 29 * kPage + 50, some);
    CHECK((some == Bytes(shop.live.begin() + 29 * kPage + 50, shop.live.begin() + 29 * kPage + 150)));
    CHECK(error_thrown_by([&] { image->read_at("main", 30 * kPage - 10, some); })->code == ErrorCode::Usage);
}
