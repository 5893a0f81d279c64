// Page deltas from end to end: incrementals that are small, restores that are right, and what keeps, moves and checks the
// chunks that deltas are made against.
#include "engine/repository/copy_point.hpp"
#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/page_deltas.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kPages = 600;

Bytes with_rows_changed(Bytes pages, std::uint64_t seed, std::size_t every = 6) {
    for (std::size_t page = seed % every; page < pages.size() / kPage; page += every) change_row(pages, page, seed * 1000 + page);
    return pages;
}

// A view of a store where reading is dear.
class DearStore final : public Store {
public:
    explicit DearStore(Store& inner) : inner_(inner) {}
    StoreTraits traits() const override {
        StoreTraits traits = inner_.traits();
        traits.cheap_reads = false;
        return traits;
    }
    std::unique_ptr<Upload> begin_upload(const std::string& name) override { return inner_.begin_upload(name); }
    bool put_if_absent(const std::string& name, ByteView bytes) override { return inner_.put_if_absent(name, bytes); }
    void put(const std::string& name, ByteView bytes) override { inner_.put(name, bytes); }
    Bytes get(const std::string& name, std::uint64_t bytes_max) override { return inner_.get(name, bytes_max); }
    void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override { inner_.get_range(name, offset, out); }
    std::optional<ObjectFacts> look_at(const std::string& name) override { return inner_.look_at(name); }
    void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) override { inner_.list(prefix, visit); }
    bool remove(const std::string& name) override { return inner_.remove(name); }
    std::size_t sweep_leftovers(Instant older_than) override { return inner_.sweep_leftovers(older_than); }
    std::optional<std::uint64_t> free_bytes() override { return inner_.free_bytes(); }

private:
    Store& inner_;
};

void collect_all(Workbench& bench, double repack_below = 0) {
    for (int i = 0; i < 3; ++i) {
        bench.clock.advance(48h);
        bench.collect(1h, repack_below);
    }
}

struct History {
    Workbench bench;
    Bytes first = text_pages(kPages, 1), second = with_rows_changed(first, 2), third = with_rows_changed(second, 3, 5);
    PointManifest full = bench.full(first);
    PointManifest one = bench.incremental(second, full.point.id);
    ImageTotals one_totals = bench.totals;
    PointManifest two = bench.incremental(third, one.point.id);
};

}  // namespace

TEST_CASE("changed rows cost their bytes and not their pages", "[repository][page-deltas]") {
    History history;
    CHECK(history.one_totals.changed_bytes == kPages / 6 * kPage);
    CHECK(history.one.point.stored_bytes < kPages / 6 * 250);
    CHECK(OpenedForTest(history.bench.store, history.one).deltas() == kPages / 6);
    CHECK((history.bench.restored(history.one) == history.second));
    CHECK((history.bench.restored(history.two) == history.third));
    CHECK(history.bench.verify().ok());
}

TEST_CASE("a full stores everything plainly again", "[repository][page-deltas]") {
    History history;
    const PointManifest full = history.bench.full(history.third);
    OpenedForTest opened(history.bench.store, full);
    CHECK(opened.deltas() == 0);
    CHECK(opened.point.map.bases.empty());
    CHECK((history.bench.restored(full) == history.third));
}

TEST_CASE("nothing is coded where reading the store is dear", "[repository][page-deltas]") {
    Workbench bench;
    DearStore dear(bench.store);
    bench.repository = Repository::open(dear, bench.key(), bench.options());
    const Bytes first = text_pages(kPages, 1), second = with_rows_changed(first, 2);
    const PointManifest full = bench.full(first);
    const PointManifest one = bench.incremental(second, full.point.id);
    CHECK(OpenedForTest(bench.store, one).deltas() == 0);
    CHECK((bench.restored(one) == second));
    // What has deltas already can be read from there all the same.
    bench.reopen();
    const Bytes third = with_rows_changed(second, 3);
    const PointManifest two = bench.incremental(third, one.point.id);
    REQUIRE(OpenedForTest(bench.store, two).deltas() > 0);
    bench.repository = Repository::open(dear, bench.key(), bench.options());
    CHECK((bench.restored(two) == third));
}

TEST_CASE("what deltas are made against stays when the point that it came with is forgotten", "[repository][page-deltas]") {
    History history;
    Workbench& bench = history.bench;
    bench.repository->forget(DatabaseName("shop"), history.full.point.id);
    bench.repository->forget(DatabaseName("shop"), history.one.point.id);
    const double repack_below = GENERATE(0.0, 1.1);
    collect_all(bench, repack_below);
    CHECK((bench.restored(history.two) == history.third));
    CHECK(bench.verify().ok());
    // And what comes after repacking is right as well.
    const Bytes fourth = with_rows_changed(history.third, 4, 7);
    const PointManifest next = bench.incremental(fourth, history.two.point.id);
    CHECK((bench.restored(next) == fourth));
    CHECK(next.point.stored_bytes < kPages * 250);
    bench.repository->forget(DatabaseName("shop"), history.two.point.id);
    collect_all(bench, repack_below);
    CHECK((bench.restored(next) == fourth));
    CHECK(bench.verify().ok());
}

TEST_CASE("when the last point with deltas is forgotten nothing of them stays", "[repository][page-deltas]") {
    History history;
    Workbench& bench = history.bench;
    for (const PointManifest& point : bench.repository->points(std::nullopt)) bench.repository->forget(DatabaseName("shop"), point.point.id);
    collect_all(bench);
    CHECK(bench.names("packs/").empty());
}

TEST_CASE("verify names every byte that rests on a lost base, and no other", "[repository][page-deltas]") {
    History history;
    Workbench& bench = history.bench;
    OpenedForTest opened(bench.store, history.full);
    const auto at = opened.source.locate(opened.point.map.packs[0], 1);   // Pages 64 to 127 of the full.
    const bool whole_pack = GENERATE(false, true);
    if (whole_pack) bench.store.remove(pack_object(at.pack->id));
    else bench.flip(pack_object(at.pack->id), at.pack->entries[1].offset + 100);
    const VerifyReport report = bench.verify();
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].object == pack_object(at.pack->id));
    for (const PointManifest* point : {&history.full, &history.one, &history.two}) {
        std::uint64_t bytes = 0;
        for (const Damage::Touched& touched : report.damage[0].touches) {
            if (touched.point != point->point.id) continue;
            CHECK((whole_pack || (touched.offset >= 64 * kPage && touched.offset + touched.bytes <= 128 * kPage)));
            bytes += touched.bytes;
        }
        CHECK(bytes == (whole_pack ? kPages : 64) * kPage);
    }
    CHECK(report.damaged.size() == 3);
    Bytes page(kPage);
    const auto reader = bench.repository->read_image(DatabaseName("shop"), history.two.point.id);
    CHECK(error_thrown_by([&] { reader->read_at("main", 66 * kPage, page); }));
    if (whole_pack) return;
    reader->read_at("main", 130 * kPage, page);
    CHECK((page == to_bytes(ByteView(history.third).subspan(130 * kPage, kPage))));
}

TEST_CASE("only what was added is read back, and a damaged chunk of deltas is found then", "[repository][page-deltas]") {
    History history;
    Workbench& bench = history.bench;
    CHECK(bench.repository->verify_added(history.two.point.id, bench.progress, {}).ok());
    OpenedForTest opened(bench.store, history.two);
    const NeededPack* added = nullptr;
    for (const NeededPack& pack : opened.point.map.packs) {
        if (pack.added) added = &pack;
    }
    REQUIRE(added != nullptr);
    bench.flip(pack_object(added->id), 100);
    const VerifyReport report = bench.repository->verify_added(history.two.point.id, bench.progress, {});
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].object == pack_object(added->id));
    CHECK_FALSE(report.damage[0].touches.empty());
}

TEST_CASE("a base that is damaged is not built on", "[repository][page-deltas]") {
    History history;
    Workbench& bench = history.bench;
    OpenedForTest opened(bench.store, history.full);
    const auto at = opened.source.locate(opened.point.map.packs[0], 1);
    bench.flip(pack_object(at.pack->id), at.pack->entries[1].offset + 100);
    const bool noted = GENERATE(false, true);
    if (noted) CHECK_FALSE(bench.verify().ok());   // From then on the pack counts as not there.
    const Bytes fourth = with_rows_changed(history.third, 4, 5);
    const PointManifest next = bench.incremental(fourth, history.two.point.id);
    if (noted) {
        CHECK((bench.restored(next) == fourth));
        const VerifyReport report = bench.verify();
        CHECK(std::ranges::find(report.sound, next.point.id) != report.sound.end());
        return;
    }
    // Nobody knew: what changed in that chunk is stored whole, so it can be read.
    const auto reader = bench.repository->read_image(DatabaseName("shop"), next.point.id);
    Bytes page(kPage);
    for (std::size_t changed = 64; changed < 128; ++changed) {
        if (changed % 5 != 4) continue;
        reader->read_at("main", changed * kPage, page);
        CHECK((page == to_bytes(ByteView(fourth).subspan(changed * kPage, kPage))));
    }
}

TEST_CASE("deltas against chunks of another database outlive its key", "[repository][page-deltas]") {
    Workbench bench;
    const Bytes first = text_pages(kPages, 1), second = with_rows_changed(first, 2);
    bench.full(first, "crm");
    const PointManifest full = bench.full(first, "shop");
    const PointManifest one = bench.incremental(second, full.point.id, "shop");
    REQUIRE(OpenedForTest(bench.store, one).deltas() > 0);
    bench.repository->forget(DatabaseName("shop"), full.point.id);
    CHECK((bench.restored(one) == second));
    bench.repository->destroy_database_key(DatabaseName("crm"));
    CHECK((bench.restored(one) == second));
    bench.reopen();
    collect_all(bench);
    CHECK((bench.restored(one) == second));
    CHECK(bench.verify().ok());
    const Bytes third = with_rows_changed(second, 3);
    const PointManifest two = bench.incremental(third, one.point.id, "shop");
    CHECK((bench.restored(two) == third));
}

TEST_CASE("points with deltas are copied to another repository", "[repository][page-deltas]") {
    History history;
    Workbench other;
    for (const PointManifest* point : {&history.full, &history.one, &history.two}) {
        copy_point(*history.bench.repository, DatabaseName("shop"), point->point.id, *other.repository, other.progress, {});
    }
    CHECK((other.restored(history.full) == history.first));
    CHECK((other.restored(history.one) == history.second));
    CHECK((other.restored(history.two) == history.third));
    CHECK(other.verify().ok());
    const PointManifest full = history.bench.full(history.third);
    copy_point(*history.bench.repository, DatabaseName("shop"), full.point.id, *other.repository, other.progress, {});
    CHECK(OpenedForTest(other.store, full).deltas() == 0);
    CHECK((other.restored(full) == history.third));
}

TEST_CASE("pages that change while they are read are coded against the base all the same", "[repository][page-deltas]") {
    Workbench bench;
    const Bytes first = text_pages(kPages, 1);
    const PointManifest full = bench.full(first);
    Bytes now = with_rows_changed(first, 2);
    const auto writer = bench.begin("shop", full.point.id);
    writer->add_pages(bench.file(now), bench.reading(now));
    now = with_rows_changed(now, 3, 4);
    const Bytes last = now;
    writer->refresh_pages(bench.file(last), bench.reading(last));
    const PointManifest one = bench.commit(*writer, BackupKind::Incremental);
    CHECK((bench.restored(one) == last));
    CHECK(one.point.stored_bytes < kPages * 250);
    CHECK(bench.verify().ok());
}

TEST_CASE("whatever happens to pages in a long history, every point comes back", "[repository][page-deltas][long]") {
    const unsigned last = kSanitized ? 1 : 3;
    for (unsigned seed = 1; seed <= last; ++seed) {
        CAPTURE(seed);
        std::mt19937_64 random(seed);
        SmallBench bench;
        Bytes pages = text_pages(200, seed);
        std::map<PointId, Bytes> model;
        std::optional<PointId> newest;
        const auto restored = [&](const PointId& id) {
            const auto reader = bench.repository->read_image(DatabaseName("shop"), id);
            Bytes bytes(reader->manifest().files.at(0).bytes);
            reader->read_at("main", 0, bytes);
            return bytes;
        };
        for (int step = 0; step < 40; ++step) {
            CAPTURE(step);
            for (std::uint64_t i = random() % 40; i > 0; --i) change_row(pages, random() % (pages.size() / kPage), random());
            for (std::uint64_t i = random() % 4; i > 0; --i) change_page(pages, random() % (pages.size() / kPage), static_cast<unsigned>(random() % 99));
            if (random() % 5 == 0) pages.resize((100 + random() % 200) * kPage);
            const bool full = !newest || random() % 9 == 0;
            bench.clock.advance(1h);
            const PointManifest point = back_up(*bench.repository, "shop", {{"main", kPage, pages, 0600}}, full ? std::nullopt : newest);
            model[point.point.id] = pages;
            newest = random() % 6 == 0 && model.size() > 1 ? model.begin()->first : point.point.id;
            if (random() % 3 == 0) {
                auto victim = model.begin();
                std::advance(victim, static_cast<std::ptrdiff_t>(random() % model.size()));
                bench.repository->forget(DatabaseName("shop"), victim->first);
                if (newest == victim->first) newest = std::nullopt;
                model.erase(victim);
            }
            if (random() % 4 == 0) bench.repository->collect(1h, random() % 2 == 0 ? 0.0 : 0.9, bench.progress, {});
            for (const auto& [id, wanted] : model) REQUIRE((restored(id) == wanted));
        }
        CHECK(bench.repository->verify({}, 1.0, bench.progress, {}).ok());
        // Any damage at all: what comes back is right, or nothing does.
        std::vector<std::string> packs;
        bench.store.list("packs/", [&](const ObjectFacts& facts) { packs.push_back(facts.name); });
        for (int i = 0; i < 20; ++i) {
            const std::string& pack = packs[random() % packs.size()];
            Bytes bytes = bench.store.get(pack, 1u << 30);
            const Bytes sound = bytes;
            bytes[random() % bytes.size()] ^= std::byte{4};
            bench.store.put(pack, bytes);
            const VerifyReport report = bench.repository->verify({}, 1.0, bench.progress, {});
            for (const auto& [id, wanted] : model) {
                Bytes got;
                const auto error = error_thrown_by([&] { got = restored(id); });
                REQUIRE((error || got == wanted));
                if (error) REQUIRE(std::ranges::find(report.damaged, id) != report.damaged.end());
            }
            bench.store.put(pack, sound);
        }
    }
}
