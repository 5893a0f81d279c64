#include "engine/repository/log_check.hpp"

#include "tests/engine/repository/log_bench.hpp"

using namespace holdfast;

namespace {

struct Checked : LogBench {
    Checked() {
        take_base(30);
        begin_stream();
        for (unsigned i = 1; i <= 4; ++i) {
            update({i}, i);
            update({i + 5}, i + 100);
            make_durable();
        }
    }
};

}  // namespace

TEST_CASE("a sound log verifies", "[repository][log]") {
    Checked shop;
    const VerifyReport report = shop.verify();
    CHECK(report.ok());
    CHECK(report.sound == std::vector{shop.base.point.id});
}

TEST_CASE("verify names the transactions that damage takes", "[repository][log]") {
    Checked shop;
    const std::string second = shop.pieces()[1];
    shop.flip(second, shop.store.look_at(second)->bytes - 20);
    const VerifyReport report = shop.verify();
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].object == second);
    CHECK(report.damage[0].what.find("transactions 3 to 4 of log stream " + shop.stream().str() + " of shop") != std::string::npos);
    CHECK(shop.repository->verify({shop.base.point.id}, 1.0, shop.progress, {}).damage.size() == 1);
    CHECK(shop.repository->verify_added(shop.base.point.id, shop.progress, {}).ok());
}

TEST_CASE("verify finds a page that cannot be made from what the base point has", "[repository][log]") {
    LogBench shop;
    shop.take_base(30);
    shop.begin_stream();
    shop.update({3}, 1);
    shop.make_durable();
    // What the follower took for the page before was not what the base point has.
    for (std::size_t i = 7 * kPage; i < 7 * kPage + 2000; ++i) shop.live[i] = shop.durable[i] ^= std::byte{0x5a};
    shop.update({7}, 2);
    shop.make_durable();
    const VerifyReport report = shop.verify();
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].object == shop.pieces()[1]);
    CHECK(report.damage[0].what.find("transaction 2 of log stream") == 0);
    CHECK(report.damage[0].what.find("page 7 cannot be made from recovery point " + shop.base.point.id.str()) != std::string::npos);
}

TEST_CASE("verify tells a missing piece", "[repository][log]") {
    Checked shop;
    shop.store.remove(shop.pieces()[1]);
    const VerifyReport report = shop.verify();
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].what.find("transactions behind 2 cannot be recovered") != std::string::npos);
}

TEST_CASE("every byte of a log is looked at", "[repository][log]") {
    Checked shop;
    const std::string piece = shop.pieces()[2];
    const Bytes good = shop.store.get(piece, 1u << 20);
    for (std::size_t at = 0; at < good.size(); at += 3) {
        Bytes bad = good;
        bad[at] ^= std::byte{0x10};
        shop.store.put(piece, bad);
        std::vector<Damage> damage;
        INFO("byte " << at);
        CHECK_FALSE(shop.repository->verify({shop.base.point.id}, 1.0, shop.progress, {}).ok());
    }
}

TEST_CASE("a stream whose base is gone is dead, and goes after the grace period", "[repository][log]") {
    Checked shop;
    shop.repository->forget(LogBench::kShop, shop.base.point.id);
    CHECK(shop.facts().hole.find("is gone") != std::string::npos);
    CHECK(error_thrown_by([&] { shop.go_on(); })->code == ErrorCode::Missing);
    shop.collect();
    CHECK(shop.pieces().size() == 4);
    shop.clock.advance(std::chrono::hours(25));
    CHECK(shop.collect().leftovers_removed >= 4);
    CHECK(shop.pieces().empty());
}

TEST_CASE("a collection leaves the log of a living base alone", "[repository][log]") {
    Checked shop;
    shop.clock.advance(std::chrono::hours(1000));
    shop.collect();
    shop.clock.advance(std::chrono::hours(1000));
    shop.collect();
    CHECK((shop.restored_at(8) == shop.states[8]));
}

TEST_CASE("destroying a database's key removes its log, and rotating keys does not touch it", "[repository][log]") {
    Checked shop;
    shop.repository->rotate_key({Secret(std::string_view("f" + std::string(kRawKey).substr(1)))}, "new");
    CHECK((shop.restored_at(8) == shop.states[8]));
    shop.repository->destroy_database_key(LogBench::kShop);
    CHECK(shop.pieces().empty());
}
