#include "engine/repository/log_compaction.hpp"

#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/log_bench.hpp"

using namespace holdfast;

namespace {

struct Compacted : LogBench {
    explicit Compacted(unsigned transactions = 50, bool sealed = true) : LogBench(sealed) {
        take_base(60);
        begin_stream();
        add(transactions);
    }
    void add(unsigned transactions) {
        for (unsigned i = 0; i < transactions; ++i) {
            const auto number = static_cast<unsigned>(states.size());
            update({number % 60, number * 7 % 60}, number);
            make_durable();
        }
    }
    CompactReport compact(std::optional<Instant> fold_before = {}) {
        clock.advance(std::chrono::minutes(1));
        return repository->compact_log(kShop, stream(), {fold_before}, progress, {});
    }
    void check_all(std::uint64_t from = 0) {
        for (std::uint64_t number = from; number < states.size(); ++number) {
            INFO("transaction " << number);
            CHECK((restored_at(number) == states[number]));
        }
    }
};

}  // namespace

TEST_CASE("merging changes no transaction", "[repository][log]") {
    for (const bool sealed : {true, false}) {
        Compacted shop(50, sealed);
        const auto before = shop.transactions();
        const CompactReport report = shop.compact();
        CHECK(report.pieces_before == 50);
        CHECK(report.pieces_after == 2);   // The last one stays by itself.
        CHECK(report.bytes_after < report.bytes_before / 2);
        CHECK(shop.transactions() == before);
        shop.check_all();
        CHECK(shop.facts().mark == "mark 50");
        CHECK(shop.compact().pieces_after == 2);
    }
}

TEST_CASE("a follower and a merged stream go on together", "[repository][log]") {
    Compacted shop(20);
    for (int round = 0; round < 4; ++round) {
        shop.compact();
        shop.add(9);
    }
    shop.go_on();
    shop.add(3);
    shop.check_all();
    CHECK(shop.facts().transactions == 59);
}

TEST_CASE("young pieces stay as they are", "[repository][log]") {
    Compacted shop(20);
    const CompactReport report = shop.repository->compact_log(LogBench::kShop, shop.stream(), {}, shop.progress, {});
    CHECK(report.pieces_after == 20);
}

TEST_CASE("pieces grow in steps, and large ones stay", "[repository][log]") {
    using Groups = std::vector<std::pair<std::size_t, std::size_t>>;
    CHECK(groups_to_merge(std::vector<std::uint64_t>(7, 1000)) == Groups{});
    CHECK(groups_to_merge(std::vector<std::uint64_t>(8, 1000)) == Groups{{0, 8}});
    std::vector<std::uint64_t> mixed(7, 200'000);
    mixed.insert(mixed.end(), 3, 1000);
    CHECK(groups_to_merge(mixed) == Groups{{0, 10}});
    mixed.insert(mixed.begin(), 20'000'000);
    CHECK(groups_to_merge(mixed) == Groups{{1, 11}});
    CHECK(groups_to_merge(std::vector<std::uint64_t>(50, 20u << 20)) == Groups{});
}

TEST_CASE("folding leaves one state of what is old", "[repository][log]") {
    Compacted shop(40);
    const Instant before = shop.transactions()[29].at;   // 29 ended before it.
    const CompactReport report = shop.compact(before);
    CHECK(report.bytes_after < report.bytes_before);
    const auto left = shop.transactions();
    REQUIRE(left.size() == 12);
    CHECK(left[0].number == 29);
    CHECK(left[1].number == 30);
    CHECK(left.back().number == 40);
    shop.check_all(29);
    const auto error = error_thrown_by([&] { shop.restored_at(17); });
    CHECK(error->code == ErrorCode::CannotRecover);
    CHECK(error->message.find("folded") != std::string::npos);
    shop.add(12);
    shop.compact(shop.transactions().back().at);
    shop.check_all(51);
    CHECK(shop.facts().transactions == 52);
    const auto pieces = shop.pieces();
    shop.compact(shop.transactions()[1].at);   // Nothing more to fold.
    CHECK(shop.pieces() == pieces);
}

TEST_CASE("a compaction that is killed anywhere leaves every transaction, and the next one tidies up", "[repository][log][long]") {
    for (const std::optional<int> fold : {std::optional<int>(), std::optional<int>(12)}) {
        for (int at = 1; at < 60; ++at) {
            Compacted shop(20);
            const Instant before = shop.transactions()[11].at;
            shop.clock.advance(std::chrono::minutes(1));
            HookedStore hooked(shop.store);
            int calls = 0;
            struct Killed {};
            const auto kill = [&](StoreCall call, const std::string&) {
                if ((call == StoreCall::PutIfAbsent || call == StoreCall::Remove) && ++calls == at) throw Killed{};
            };
            hooked.before = hooked.after = kill;
            bool killed = false;
            try {
                Repository::open(hooked, shop.key(), shop.options())->compact_log(LogBench::kShop, shop.stream(), {fold ? std::optional(before) : std::nullopt}, shop.progress, {});
            } catch (const Killed&) {
                killed = true;
            }
            INFO("killed at call " << at << (fold ? " folding" : ""));
            CHECK((shop.restored_at(20) == shop.states[20]));
            CHECK((shop.restored_at(15) == shop.states[15]));
            if (!fold) CHECK((shop.restored_at(3) == shop.states[3]));
            shop.compact(fold ? std::optional(before) : std::nullopt);
            CHECK(shop.pieces().size() <= 3);
            CHECK((shop.restored_at(20) == shop.states[20]));
            if (!killed) break;
        }
    }
}

TEST_CASE("a merged piece that is damaged takes nothing with it as long as the small ones are there", "[repository][log]") {
    Compacted shop(20);
    std::map<std::string, Bytes> small;
    for (const std::string& name : shop.pieces()) small[name] = shop.store.get(name, 1u << 20);
    shop.compact();
    const std::string merged = shop.pieces()[0];
    for (const auto& [name, bytes] : small) shop.store.put(name, bytes);
    shop.flip(merged, 70);
    shop.check_all();
    shop.compact();   // Removes none of them: what they were merged into cannot be read.
    shop.check_all();
}

TEST_CASE("readers find their pages although pieces are merged under them", "[repository][log]") {
    Compacted shop(30);
    const auto image = shop.repository->read_image_at(LogBench::kShop, shop.base.point.id, {shop.stream(), 25});
    shop.compact();
    const fs::path target = shop.folder / "moved";
    image->restore_file("main", target, false, shop.progress, {});
    CHECK((read_file(target, 1u << 30) == shop.states[25]));
    Bytes some(3 * kPage);
    image->read_at("main", kPage, some);
    CHECK((some == Bytes(shop.states[25].begin() + kPage, shop.states[25].begin() + 4 * kPage)));
}

TEST_CASE("of two compactions that overlap one withdraws", "[repository][log]") {
    Compacted shop(20);
    shop.clock.advance(std::chrono::minutes(1));
    // While one reads, another merges what lies across its end.
    HookedStore hooked(shop.store);
    bool done = false;
    hooked.before = [&](StoreCall call, const std::string& name) {
        if (call != StoreCall::PutIfAbsent || done || name.find("logs/") != 0) return;
        done = true;
        shop.add(20);
        shop.clock.advance(std::chrono::minutes(1));
        shop.repository->compact_log(LogBench::kShop, shop.stream(), {}, shop.progress, {});
    };
    Repository::open(hooked, shop.key(), shop.options())->compact_log(LogBench::kShop, shop.stream(), {}, shop.progress, {});
    CHECK(done);
    shop.check_all();
    shop.compact();
    shop.check_all();
}
