// Every call to the store fails once, before or after its effect: the repository is then as before or
// complete, and a second try works.
#include "engine/repository/image_reader.hpp"
#include "engine/repository/image_writer.hpp"
#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

Source mixed_source(unsigned seed) {
    return {{"main", 4096, text_pages(40, seed)}, {"noise", 4096, noise(40 * kPage, seed)}, {"dump", 0, noise(70'000, seed + 1)}};
}

// Tries `work` again and again, with the n-th call of the store failing in the n-th try, until it is not reached any more.
// `check` looks at what each try has left.
template <typename Bench, typename Work, typename Check>
int fail_at_every_call(Work&& work, Check&& check) {
    bool struck = true;
    int at = 0;
    while (struck) {
        ++at;
        struck = false;
        for (const bool after : {false, true}) {
            Bench bench;
            HookedStore hooked(bench.store);
            const auto other = bench.open(hooked, 1);
            std::atomic<int> calls = 0;
            std::string where;
            (after ? hooked.after : hooked.before) = [&](StoreCall, const std::string& name) {
                if (++calls != at) return;
                struck = true;
                where = name;
                throw Error(ErrorCode::Unavailable, "the store failed at " + name);
            };
            const auto code = code_thrown_by([&] { work(bench, *other); });
            INFO("failed " << (after ? "after" : "before") << " call " << at << " at " << where);
            check(bench, code);
        }
    }
    return at;
}

struct FaultBench : SmallBench {
    Source before = mixed_source(1);
    Source now = before;
    PointManifest base = back_up(*repository, "shop", before);
    FaultBench() {
        for (const std::size_t page : {2u, 3u, 30u}) change_page(now[0].bytes, page, 7);
        now[2].bytes.resize(50'000);
        clock.advance(std::chrono::seconds(1));
    }
};

}  // namespace

TEST_CASE("a backup that fails at any call of the store lists nothing or a whole point, and the next one works", "[repository][long]") {
    const int calls = fail_at_every_call<FaultBench>(
        [](FaultBench& bench, Repository& other) { back_up(other, "shop", bench.now, bench.base.point.id); },
        [](FaultBench& bench, std::optional<ErrorCode>) {
            for (const PointManifest& point : bench.repository->points(std::nullopt)) {
                CHECK(comes_back(*bench.repository, point, point.point.id == bench.base.point.id ? bench.before : bench.now));
            }
            CHECK(bench.verify().ok());
            const PointManifest again = back_up(*bench.repository, "shop", bench.now, bench.base.point.id);
            CHECK(comes_back(*bench.repository, again, bench.now));
            bench.clock.advance(std::chrono::hours(48));
            bench.collect(Duration(0));
            bench.clock.advance(std::chrono::hours(48));
            bench.collect(Duration(0));
            CHECK(comes_back(*bench.repository, again, bench.now));
            CHECK(bench.names("locks/").empty());
        });
    CHECK(calls > 15);
}

TEST_CASE("the first backup of a database may fail at any call", "[repository][long]") {
    fail_at_every_call<SmallBench>([](SmallBench&, Repository& other) { back_up(other, "shop", mixed_source(1)); },
                                   [](SmallBench& bench, std::optional<ErrorCode>) {
                                       for (const PointManifest& point : bench.repository->points(std::nullopt)) {
                                           CHECK(comes_back(*bench.repository, point, mixed_source(1)));
                                       }
                                       CHECK(comes_back(*bench.repository, back_up(*bench.repository, "shop", mixed_source(1)), mixed_source(1)));
                                   });
}

TEST_CASE("a restore that fails at any call of the store says so and leaves no file", "[repository]") {
    const int calls = fail_at_every_call<FaultBench>(
        [](FaultBench& bench, Repository& other) {
            other.read_image(DatabaseName("shop"), bench.base.point.id)->restore_file("main", bench.folder / "restored", false, bench.progress, {});
        },
        [](FaultBench& bench, std::optional<ErrorCode> code) {
            CHECK(fs::exists(bench.folder / "restored") == !code.has_value());
            if (!code) CHECK((read_file(bench.folder / "restored", 1u << 30) == bench.before[0].bytes));
        });
    CHECK(calls > 4);
}

TEST_CASE("a verification that cannot reach the store never says that all is well", "[repository]") {
    fail_at_every_call<FaultBench>(
        [](FaultBench& bench, Repository& other) {
            const VerifyReport report = other.verify({}, 1.0, bench.progress, {});
            CHECK((!report.ok() || report.sound == std::vector{bench.base.point.id}));
        },
        [](FaultBench& bench, std::optional<ErrorCode>) {
            // Whatever it noted of damage is taken back by one that can read.
            bench.verify();
            CHECK(bench.verify().ok());
            CHECK(bench.names("damaged/").empty());
        });
}

TEST_CASE("a repository that could not be made can be made again", "[repository]") {
    bool struck = true;
    for (int at = 1; struck; ++at) {
        struck = false;
        for (const bool after : {false, true}) {
            ManualClock clock("2026-03-01T00:00:00Z");
            MemoryStore store(clock);
            HookedStore hooked(store);
            int calls = 0;
            (after ? hooked.after : hooked.before) = [&](StoreCall, const std::string&) {
                if (++calls != at) return;
                struck = true;
                throw Error(ErrorCode::Unavailable, "the store failed");
            };
            const RepositoryOptions options{.clock = &clock, .cache = {}, .workers = 1, .use_aes = true};
            static_cast<void>(code_thrown_by([&] { Repository::create(hooked, raw_key(), options); }));
            INFO("failed " << (after ? "after" : "before") << " call " << at);
            const auto repository = Repository::exists(store) ? Repository::open(store, raw_key(), options) : Repository::create(store, raw_key(), options);
            CHECK(comes_back(*repository, back_up(*repository, "shop", mixed_source(1)), mixed_source(1)));
            CHECK(repository->verify({}, 1.0, *std::make_unique<NoProgress>(), {}).ok());
        }
    }
}
