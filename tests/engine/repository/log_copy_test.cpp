#include "engine/repository/log_copy.hpp"

#include "engine/repository/copy_point.hpp"
#include "tests/engine/repository/log_bench.hpp"

using namespace holdfast;

namespace {

// A second store with another repository, which has the base too.
struct TwoStores {
    LogBench here;
    MemoryStore store{here.clock};
    std::unique_ptr<Repository> there;

    explicit TwoStores(bool sealed_there = true) {
        here.take_base(40);
        here.begin_stream();
        RepositoryOptions options = here.options();
        options.use_aes = sealed_there;
        there = Repository::create(store, sealed_there ? MasterKey{Secret(std::string_view("f" + std::string(kRawKey).substr(1)))} : MasterKey{}, options);
        copy_point(*here.repository, LogBench::kShop, here.base.point.id, *there, here.progress, {});
    }
    void add(unsigned transactions) {
        for (unsigned i = 0; i < transactions; ++i) {
            const auto number = static_cast<unsigned>(here.states.size());
            here.update({number % 40, number * 3 % 40}, number);
            here.make_durable();
        }
    }
    std::uint64_t copy() { return here.repository->copy_log(LogBench::kShop, here.stream(), *there, here.progress, {}); }
    Bytes restored(std::uint64_t transaction) {
        const fs::path target = here.folder / ("there-" + std::to_string(here.restores++));
        there->read_image_at(LogBench::kShop, here.base.point.id, {here.stream(), transaction})->restore_file("main", target, false, here.progress, {});
        return read_file(target, 1u << 30);
    }
};

}  // namespace

TEST_CASE("a copied stream recovers the same transactions", "[repository][log]") {
    for (const bool sealed_there : {true, false}) {
        TwoStores stores(sealed_there);
        stores.add(10);
        CHECK(stores.copy() > 0);
        CHECK(stores.copy() == 0);
        stores.add(5);
        stores.here.clock.advance(std::chrono::minutes(1));
        stores.here.repository->compact_log(LogBench::kShop, stores.here.stream(), {}, stores.here.progress, {});
        CHECK(stores.copy() > 0);
        const LogStreamFacts facts = stores.there->log_streams(LogBench::kShop).at(0);
        CHECK(facts.stream == stores.here.stream());
        CHECK(facts.transactions == 15);
        CHECK(facts.mark == "mark 15");
        CHECK(facts.until == stores.here.facts().until);
        CHECK(facts.pieces == 2);
        for (std::uint64_t number = 0; number <= 15; ++number) CHECK((stores.restored(number) == stores.here.states[number]));
    }
}

TEST_CASE("a copy goes on behind what was folded at its source", "[repository][log]") {
    TwoStores stores;
    stores.add(10);
    stores.copy();
    stores.add(20);
    stores.here.clock.advance(std::chrono::minutes(1));
    stores.here.repository->compact_log(LogBench::kShop, stores.here.stream(), {stores.here.transactions()[25].at}, stores.here.progress, {});
    stores.copy();
    for (const std::uint64_t number : {3u, 10u, 25u, 26u, 30u}) CHECK((stores.restored(number) == stores.here.states[number]));
    CHECK(error_thrown_by([&] { stores.restored(17); })->code == ErrorCode::CannotRecover);
}

TEST_CASE("a copy needs the base point", "[repository][log]") {
    TwoStores stores;
    stores.add(1);
    stores.there->forget(LogBench::kShop, stores.here.base.point.id);
    CHECK(error_thrown_by([&] { stores.copy(); })->code == ErrorCode::Missing);
}

TEST_CASE("a huge transaction is copied in pieces", "[repository][log][long]") {
    TwoStores stores;
    stores.add(2);
    const Bytes fresh = noise(12000 * kPage, 3);
    for (std::size_t page = 0; page < 12000; ++page) {
        stores.here.writer->add_page(page, ByteView(fresh).subspan(page * kPage, kPage), stores.here.before());
    }
    stores.copy();   // In the middle of it: nothing of it is to be seen.
    CHECK(stores.there->log_streams(LogBench::kShop).at(0).transactions == 2);
    stores.here.writer->commit(stores.here.clock.now(), stores.here.clock.now(), 12000, "big");
    stores.here.make_durable();
    stores.copy();
    CHECK(stores.there->log_streams(LogBench::kShop).at(0).transactions == 3);
    CHECK((stores.restored(3) == fresh));
}
