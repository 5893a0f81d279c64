// What may happen between two steps of a collection or of a backup, one case at a time.
#include "engine/repository/collect.hpp"
#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// With what no delta is worth it for, so that nothing needs the page that was there.
void replace_page(Bytes& pages, std::size_t page, unsigned seed) {
    const Bytes fresh = noise(kPage, seed);
    std::copy(fresh.begin(), fresh.end(), pages.begin() + static_cast<std::ptrdiff_t>(page * kPage));
}

Source text_source(unsigned seed, std::size_t pages = 40) { return {{"main", 4096, text_pages(pages, seed)}}; }

struct RaceBench : SmallBench {
    HookedStore hooked{store};   // Another machine's way to the same store.
    std::unique_ptr<Repository> other = open(hooked, 1);

    bool forget(const PointManifest& point) { return repository->forget(point.point.database, point.point.id); }
    std::unique_ptr<ImageWriter> begin(Repository& through, const std::string& database, std::optional<PointId> base = {}) {
        return through.begin_image(DatabaseName(database), {}, base, progress, {});
    }
    std::set<PackId> listed_packs() {
        const auto keys = keys_in(store);
        std::set<PackId> packs;
        read_indexes(store, keys->sealing(), [&](const PackContents& pack) { packs.insert(pack.id); });
        return packs;
    }
};

// A bench of which a collection has much to do: a pack that is half needed, because its first point is forgotten, and one
// that is marked, because its only point is.
struct HalfNeededBench : RaceBench {
    Source source = text_source(1, 64);
    PointManifest old = back_up(*repository, "shop", source);
    PointManifest kept = next();   // What `source` is now.
    HalfNeededBench() {
        const PointManifest lost = back_up(*repository, "crm", text_source(3));
        forget(lost);
        collect(0s);
        forget(old);
        clock.advance(1h);
    }

private:
    PointManifest next() {
        for (std::size_t page = 0; page < 40; ++page) replace_page(source[0].bytes, page, 5);
        return back_up(*repository, "shop", source, old.point.id);
    }
};

}  // namespace

TEST_CASE("a base that needed a marked pack and was forgotten meanwhile does not take the pack along", "[repository]") {
    RaceBench bench;
    const Source source = text_source(1);
    const PointManifest first = back_up(*bench.repository, "shop", source);
    // A slow backup relies on the pack, then nothing lists it any more and it is marked.
    const auto slow = bench.begin(*bench.repository, "shop");
    add_all(*slow, source);
    CHECK(slow->totals().stored_bytes == 0);
    bench.forget(first);
    bench.clock.advance(1min);
    CHECK(bench.collect(1h).packs_marked > 0);
    bench.clock.advance(10min);
    const PointManifest base = slow->commit({});
    // The next backup begins after the mark, is compared with the slow one, and outlives it.
    const auto next = bench.begin(*bench.repository, "shop", base.point.id);
    add_all(*next, source);
    bench.forget(base);
    bench.clock.advance(10min);
    bench.collect(1min);
    const auto code = code_thrown_by([&] {
        const PointManifest point = next->commit({});
        CHECK(comes_back(*bench.repository, point, source));
    });
    CHECK_FALSE(code.has_value());
    CHECK(bench.verify().ok());
}

TEST_CASE("the index is written without a pack before the pack goes, and the pack before its mark", "[repository]") {
    RaceBench bench;
    const PointManifest kept = back_up(*bench.repository, "shop", text_source(1));
    for (unsigned i = 2; i < 6; ++i) bench.forget(back_up(*bench.repository, "shop", text_source(i)));
    bench.collect(1h);
    bench.clock.advance(2h);
    std::size_t removed = 0;
    bench.hooked.before = [&](StoreCall call, const std::string& name) {
        if (call != StoreCall::Remove) return;
        if (name.starts_with("packs/")) {
            ++removed;
            CHECK_FALSE(bench.listed_packs().contains(*pack_of_object(name)));
            CHECK_FALSE(bench.listed_packs().empty());
            CHECK(bench.store.look_at(mark_object(*pack_of_object(name))));
        }
        // Old index objects go after the new one is there.
        if (name.starts_with("index/")) CHECK(bench.names("index/").size() > 1);
    };
    CHECK(bench.other->collect(1h, 0, bench.progress, {}).packs_removed == removed);
    CHECK(removed >= 4);
    CHECK(comes_back(*bench.repository, kept, text_source(1)));
}

TEST_CASE("a collection that fails at any call loses nothing, and the next one completes it", "[repository][long]") {
    int calls_of_all = 0;
    bool struck = true;
    for (int at = 1; struck; at += at < 50 ? 1 : 3) {
        struck = false;
        for (const bool after : {false, true}) {
            HalfNeededBench bench;
            int calls = 0;
            auto& hook = after ? bench.hooked.after : bench.hooked.before;
            hook = [&](StoreCall, const std::string& name) {
                if (++calls != at) return;
                struck = true;
                throw Error(ErrorCode::Io, "the store failed at " + name);
            };
            static_cast<void>(code_thrown_by([&] { bench.other->collect(0s, 0.9, bench.progress, {}); }));
            calls_of_all = std::max(calls_of_all, calls);
            hook = [](StoreCall, const std::string&) {};
            INFO("failed " << (after ? "after" : "before") << " call " << at);
            CHECK(comes_back(*bench.repository, bench.kept, bench.source));
            CHECK(bench.verify().sound == std::vector{bench.kept.point.id});
            bench.clock.advance(1h);   // A lease that could not be given back runs out.
            bench.collect(0s, 0.9);
            bench.clock.advance(1h);
            bench.collect(0s, 0.9);
            CHECK(comes_back(*bench.repository, bench.kept, bench.source));
            CHECK(bench.verify().ok());
            CHECK(bench.names("marks/").empty());
            CHECK(bench.names("locks/").empty());
            CHECK(bench.bytes_below("packs/") < 200'000);
        }
    }
    CHECK(calls_of_all > 40);
}

TEST_CASE("a writer that is held up right before it lists its point, until its packs are gone, lists nothing", "[repository]") {
    RaceBench bench;
    const Source source = text_source(1);
    const PointManifest first = back_up(*bench.repository, "shop", source);
    SECTION("when it relies on old packs") {}
    SECTION("when it relies on its own") { bench.forget(first); }
    const bool own = bench.names("points/").empty();
    const auto writer = bench.begin(*bench.other, own ? "crm" : "shop");
    add_all(*writer, own ? text_source(2) : source);
    if (!own) bench.forget(first);
    bench.hooked.before = [&](StoreCall call, const std::string& name) {
        if (call != StoreCall::PutIfAbsent || !name.starts_with("points/")) return;
        // The machine sleeps; others believe that it is gone.
        for (int i = 0; i < 3; ++i) {
            bench.clock.advance(48h);
            bench.collect(24h);
        }
        CHECK(bench.names("packs/").empty());
    };
    CHECK(code_thrown_by([&] { writer->commit({}); }) == ErrorCode::Changed);
    CHECK(bench.repository->points(std::nullopt).empty());
    CHECK(bench.verify().ok());
}

TEST_CASE("a point that is listed while a collection decides keeps its packs", "[repository]") {
    // The collection runs through `other`; at each of its calls once, a backup that had begun before ends.
    int calls_of_all = 0;
    for (int at = 1; at <= std::max(calls_of_all, 1); ++at) {
        RaceBench bench;
        const Source source = text_source(1);
        const PointManifest first = back_up(*bench.repository, "shop", source);
        std::unique_ptr<ImageWriter> writer = bench.begin(*bench.repository, "crm");
        add_all(*writer, source);
        CHECK(writer->totals().stored_bytes == 0);
        bench.forget(first);
        bench.clock.advance(10min);
        std::optional<PointManifest> point;
        int calls = 0;
        bench.hooked.before = [&](StoreCall, const std::string&) {
            if (++calls != at) return;
            point = writer->commit({});
            writer.reset();
        };
        bench.other->collect(0s, 0, bench.progress, {});
        bench.other->collect(0s, 0, bench.progress, {});
        calls_of_all = std::max(calls_of_all, calls);
        INFO("the backup ended at call " << at);
        if (!point) break;
        CHECK(comes_back(*bench.repository, *point, source));
        CHECK(bench.verify().ok());
    }
    CHECK(calls_of_all > 20);
}

TEST_CASE("a backup that begins at any moment of a collection is whole", "[repository][long]") {
    int calls_of_all = 0;
    for (int at = 1; at <= std::max(calls_of_all, 1); ++at) {
        HalfNeededBench bench;
        std::unique_ptr<ImageWriter> writer;
        Source both = bench.source;
        both.push_back({"crm", 4096, text_pages(40, 3)});
        int calls = 0;
        bench.hooked.before = [&](StoreCall, const std::string&) {
            if (++calls != at) return;
            writer = bench.begin(*bench.repository, "shop", bench.kept.point.id);
            add_all(*writer, both);
        };
        bench.other->collect(0s, 0.9, bench.progress, {});
        bench.forget(bench.kept);
        bench.other->collect(0s, 0.9, bench.progress, {});
        calls_of_all = std::max(calls_of_all, calls);
        INFO("the backup began at call " << at);
        if (!writer) break;
        const auto error = error_thrown_by([&] {
            const PointManifest point = writer->commit({});
            bench.collect(0s, 0.9);
            CHECK(comes_back(*bench.repository, point, both));
        });
        if (error) FAIL("call " << at << ": " << error->message);
        CHECK(bench.verify().ok());
    }
    CHECK(calls_of_all > 40);
}

TEST_CASE("a writer whose clock is far ahead is not listed with a pack that was removed", "[repository]") {
    RaceBench bench;
    const Source source = text_source(1);
    const PointManifest first = back_up(*bench.repository, "shop", source);
    ManualClock ahead("2026-03-02T00:00:00Z");
    const auto far = Repository::open(bench.store, raw_key(), {.clock = &ahead, .cache = {}, .workers = 1, .use_aes = true});
    const auto writer = bench.begin(*far, "crm");
    add_all(*writer, source);
    bench.forget(first);
    bench.collect(0s);
    bench.clock.advance(1min);
    bench.collect(0s);
    const auto code = code_thrown_by([&] {
        const PointManifest point = writer->commit({});
        CHECK(comes_back(*bench.repository, point, source));
    });
    CHECK((!code || code == ErrorCode::Changed));
    CHECK(bench.verify().ok());
}

TEST_CASE("a repacked pack that is lost is made up for by the one that it came from, as long as that stays", "[repository]") {
    RaceBench bench;
    Source source = text_source(1, 64);
    const PointManifest first = back_up(*bench.repository, "shop", source);
    for (std::size_t page = 0; page < 40; ++page) replace_page(source[0].bytes, page, 5);
    const PointManifest point = back_up(*bench.repository, "shop", source, first.point.id);
    bench.forget(first);
    const auto before = bench.names("packs/");
    CHECK(bench.collect(24h, 0.9).packs_repacked > 0);
    for (const std::string& pack : bench.names("packs/")) {
        if (std::ranges::find(before, pack) == before.end()) bench.store.remove(pack);
    }
    CHECK(comes_back(*bench.repository, point, source));
    CHECK(bench.verify().ok());
    bench.clock.advance(48h);
    bench.collect(24h);
    bench.collect(24h);
    CHECK(comes_back(*bench.repository, point, source));
}

TEST_CASE("a damaged list of moves stops neither backups nor what can be read without it, but any removal", "[repository]") {
    RaceBench bench;
    Source source = text_source(1, 64);
    const PointManifest first = back_up(*bench.repository, "shop", source);
    for (std::size_t page = 0; page < 40; ++page) replace_page(source[0].bytes, page, 5);
    const PointManifest point = back_up(*bench.repository, "shop", source, first.point.id);
    const PointManifest other = back_up(*bench.repository, "crm", text_source(9));
    bench.forget(first);
    bench.collect(0s, 0.9);
    bench.collect(0s);
    const std::string moved = bench.names("moved/").at(0);
    bench.flip(moved, 60);
    CHECK(comes_back(*bench.repository, other, text_source(9)));
    CHECK(code_thrown_by([&] { read_back(*bench.repository, DatabaseName("shop"), point.point.id); }).has_value());
    const VerifyReport report = bench.verify();
    CHECK(report.damaged == std::vector{point.point.id});
    CHECK(std::ranges::any_of(report.damage, [&](const Damage& damage) { return damage.object == moved; }));
    const PointManifest again = back_up(*bench.repository, "shop", source, point.point.id);
    CHECK(comes_back(*bench.repository, again, source));
    const auto packs = bench.names("packs/");
    CHECK(code_thrown_by([&] { bench.collect(0s); }) == ErrorCode::Corrupt);
    CHECK(bench.names("packs/") == packs);
    bench.flip(moved, 60);   // Put back from another copy of the store.
    CHECK(comes_back(*bench.repository, point, source));
}

TEST_CASE("a restore that outlives its point and the grace loses no pack, and then everything goes", "[repository]") {
    RaceBench bench;
    const Source source = text_source(1);
    const PointManifest point = back_up(*bench.repository, "shop", source);
    auto reader = bench.repository->read_image(DatabaseName("shop"), point.point.id);
    bench.forget(point);
    bench.clock.advance(1min);
    CHECK(bench.collect(1min).packs_marked > 0);
    bench.clock.advance(10min);
    CHECK(bench.collect(1min).packs_removed == 0);
    Bytes read(source[0].bytes.size());
    reader->read_at("main", 0, read);
    CHECK((read == source[0].bytes));
    // A reader that begins now is no reason to keep what was marked before.
    const PointManifest other = back_up(*bench.repository, "other", text_source(2));
    const auto late = bench.repository->read_image(DatabaseName("other"), other.point.id);
    reader.reset();
    CHECK(bench.collect(1min).packs_removed > 0);
}

TEST_CASE("a destroyed key's packs do not wait for somebody who reads them", "[repository]") {
    RaceBench bench;
    const PointManifest point = back_up(*bench.repository, "shop", text_source(1));
    const auto reader = bench.repository->read_image(DatabaseName("shop"), point.point.id);
    bench.repository->destroy_database_key(DatabaseName("shop"));
    std::size_t packs = 0;
    bench.store.list("packs/", [&](const ObjectFacts&) { ++packs; });
    CHECK(packs == 0);
}

TEST_CASE("a store that cannot be written to can be restored from", "[repository]") {
    RaceBench bench;
    const Source source = text_source(1);
    const PointManifest point = back_up(*bench.repository, "shop", source);
    bench.hooked.before = [](StoreCall call, const std::string&) {
        if (call == StoreCall::Put || call == StoreCall::PutIfAbsent) throw Error(ErrorCode::NotPermitted, "read-only file system");
    };
    CHECK(comes_back(*bench.other, point, source));
}
