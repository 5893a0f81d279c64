// Several programs at once on one store: each has its own Repository, as processes on several machines have.
#include "engine/repository/image_reader.hpp"
#include "engine/repository/image_writer.hpp"
#include "providers/stores/local/local_store.hpp"
#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Worlds {
    ManualClock clock{"2026-03-01T00:00:00Z"};
    TemporaryFolder folder;
    std::unique_ptr<Store> local = open_local_store({.name = StoreName("near"), .url = "file://" + (folder / "store").string(), .site = {}, .lock = {}});
    MemoryStore memory{clock};
    Store& store;

    explicit Worlds(bool on_disk) : store(on_disk ? *local : static_cast<Store&>(memory)) { make_small_repository(store, clock); }
    std::unique_ptr<Repository> open(const std::string& machine) {
        return Repository::open(store, raw_key(), {.clock = &clock, .cache = folder / machine, .workers = 2, .use_aes = true});
    }
};

// Backs one database up again and again, full and incremental, forgetting the older ones; what it has listed must come back.
void keep_backing_up(Worlds& worlds, const std::string& database, int times, std::atomic<int>& wrong, std::string& failure) {
    const auto repository = worlds.open("machine of " + database);
    std::mt19937_64 random(std::hash<std::string>()(database));
    Source source{{"main", kPage, text_pages(48, 1)}};
    std::vector<std::pair<PointManifest, Source>> listed;
    try {
        for (int i = 0; i < times; ++i) {
            // Marks of before become older than the writers that begin now.
            worlds.clock.advance(6min);
            // Content of a small stock: all databases share most of it, and come back to it.
            const Bytes stock = text_pages(16, static_cast<unsigned>(random() % 5));
            std::copy(stock.begin(), stock.end(), source[0].bytes.begin() + static_cast<std::ptrdiff_t>(random() % 3 * 16 * kPage));
            change_page(source[0].bytes, random() % 48, static_cast<unsigned>(random() % 20));
            const auto base = listed.empty() || i % 5 == 0 ? std::nullopt : std::optional(listed.back().first.point.id);
            // A backup that the moving clock overtook is refused: its lease ran out.
            const auto code = code_thrown_by([&] { listed.emplace_back(back_up(*repository, database, source, base), source); });
            if (code) wrong += *code != ErrorCode::Changed;
            if (listed.size() > 3) {
                repository->forget(DatabaseName(database), listed.front().first.point.id);
                listed.erase(listed.begin());
            }
        }
        for (const auto& [point, content] : listed) wrong += !comes_back(*repository, point, content);
    } catch (const Error& error) {
        failure = database + ": " + error.message;
    }
}

void run_everything_at_once(bool on_disk, int times) {
    Worlds worlds(on_disk);
    std::atomic<int> wrong = 0;
    std::atomic<bool> done = false;
    std::array<std::string, 3> failures;
    std::string collector_failure, verifier_failure;
    int collections = 0;
    {
        // Removes with no grace at all, and repacks: nothing but leases and marks protects what is needed.
        std::jthread collector([&] {
            const auto repository = worlds.open("collector");
            NoProgress progress;
            while (!done) {
                const auto error = error_thrown_by([&] { repository->collect(0s, 0.7, progress, {}); });
                if (!error) ++collections;
                // The moving clock overtook its lease.
                else if (error->code != ErrorCode::Changed) collector_failure = error->message;
            }
        });
        std::jthread verifier([&] {
            const auto repository = worlds.open("verifier");
            NoProgress progress;
            const auto error = error_thrown_by([&] {
                while (!done) repository->points(std::nullopt);
            });
            if (error) verifier_failure = error->message;
        });
        {
            std::vector<std::jthread> writers;
            const std::array<std::string, 3> databases{"shop", "crm", "orders"};
            for (std::size_t i = 0; i < databases.size(); ++i) {
                writers.emplace_back([&, i] { keep_backing_up(worlds, databases[i], times, wrong, failures[i]); });
            }
        }
        done = true;
    }
    for (const std::string& failure : failures) CHECK(failure == std::string());
    CHECK(collector_failure == std::string());
    CHECK(verifier_failure == std::string());
    CHECK(wrong == 0);
    CHECK(collections > 0);
    const auto repository = worlds.open("afterwards");
    NoProgress progress;
    const VerifyReport report = repository->verify({}, 1.0, progress, {});
    for (const Damage& damage : report.damage) WARN(damage.object << ": " << damage.what);
    CHECK(report.ok());
    worlds.clock.advance(2h);
    repository->collect(0s, 0.7, progress, {});
    worlds.clock.advance(2h);
    repository->collect(0s, 0.7, progress, {});
    CHECK(repository->verify({}, 1.0, progress, {}).ok());
}

}  // namespace

TEST_CASE("writers of three databases and a collector at once, in memory", "[repository]") { run_everything_at_once(false, 25); }

TEST_CASE("writers of three databases and a collector at once, on a disk", "[repository]") { run_everything_at_once(true, 6); }

TEST_CASE("two first backups of one database at once are both whole", "[repository]") {
    for (int round = 0; round < 5; ++round) {
        Worlds worlds(false);
        const Source one{{"main", kPage, text_pages(40, 1)}}, two{{"main", kPage, text_pages(40, 2)}};
        std::optional<PointManifest> first, second;
        {
            std::jthread a([&] { first = back_up(*worlds.open("a"), "shop", one); });
            std::jthread b([&] { second = back_up(*worlds.open("b"), "shop", two); });
        }
        const auto repository = worlds.open("c");
        CHECK(comes_back(*repository, *first, one));
        CHECK(comes_back(*repository, *second, two));
        NoProgress progress;
        CHECK(repository->verify({}, 1.0, progress, {}).ok());
        // Both keys are destroyed at once where there are two.
        repository->destroy_database_key(DatabaseName("shop"));
        std::size_t keys = 0;
        worlds.store.list("data-keys/", [&](const ObjectFacts&) { ++keys; });
        CHECK(keys == 0);
        CHECK(repository->points(std::nullopt).empty());
    }
}

TEST_CASE("two collections at once never harm, whichever of them gives way", "[repository]") {
    Worlds worlds(false);
    const auto repository = worlds.open("writer");
    const Source source{{"main", kPage, text_pages(48, 1)}};
    const PointManifest kept = back_up(*repository, "shop", source);
    for (unsigned i = 2; i < 12; ++i) repository->forget(DatabaseName("shop"), back_up(*repository, "shop", {{"main", kPage, text_pages(48, i)}}).point.id);
    std::atomic<int> busy = 0, ran = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 3; ++t) {
            threads.emplace_back([&, t] {
                const auto mine = worlds.open("collector " + std::to_string(t));
                NoProgress progress;
                for (int i = 0; i < 8; ++i) {
                    const auto code = code_thrown_by([&] { mine->collect(0s, 0.5, progress, {}); });
                    if (!code) ++ran;
                    else if (*code == ErrorCode::Busy) ++busy;
                    else busy += 1000;
                }
            });
        }
    }
    CHECK(busy + ran == 24);
    NoProgress progress;
    repository->collect(0s, 0, progress, {});
    repository->collect(0s, 0, progress, {});
    CHECK(comes_back(*repository, kept, source));
    CHECK(repository->verify({}, 1.0, progress, {}).ok());
}

TEST_CASE("one repository is used by several threads at once", "[repository]") {
    Worlds worlds(false);
    const auto repository = worlds.open("shared");
    const Source source{{"main", kPage, text_pages(48, 1)}};
    const PointManifest point = back_up(*repository, "shop", source);
    std::atomic<int> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                const std::string database = "db" + std::to_string(t);
                const Source mine{{"main", kPage, text_pages(30, t)}};
                const PointManifest made = back_up(*repository, database, mine);
                wrong += !comes_back(*repository, made, mine);
                wrong += !comes_back(*repository, point, source);
                wrong += repository->points(DatabaseName(database)).size() != 1;
                NoProgress progress;
                wrong += !repository->verify({made.point.id}, 1.0, progress, {}).ok();
            });
        }
    }
    CHECK(wrong == 0);
}
