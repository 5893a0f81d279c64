#include "engine/repository/repository.hpp"

#include "engine/repository/pack_source.hpp"
#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

Source text_source(unsigned seed, std::size_t pages = 40) { return {{"main", 4096, text_pages(pages, seed)}}; }

RepositoryOptions plain_options(const Clock& clock) { return {.clock = &clock, .cache = {}, .workers = 1, .use_aes = true}; }

// All bytes that anybody with the master key can still read in the store: by every data key that is there and every pack
// key that a point carries.
std::string everything_readable(Store& store) {
    const auto keys = keys_in(store);
    std::vector<std::string> points, packs;
    store.list("points/", [&](const ObjectFacts& facts) { points.push_back(facts.name); });
    store.list("packs/", [&](const ObjectFacts& facts) { packs.push_back(facts.name); });
    std::map<PackId, Secret> carried;
    for (const std::string& name : points) {
        static_cast<void>(code_thrown_by([&] {
            for (const NeededPack& pack : read_point(store, *keys, *point_of_object(name)).map.packs) {
                if (pack.key) carried.insert_or_assign(pack.id, pack.key->clone());
            }
        }));
    }
    std::string text;
    for (const std::string& name : packs) {
        const PackId id = *pack_of_object(name);
        Bytes owner(16);
        store.get_range(name, 32, owner);
        PackSource source(store, *keys);
        const auto known = carried.find(id);
        static_cast<void>(code_thrown_by([&] {
            const auto pack = source.open(id, id_from_bytes<KeyId>(owner), known == carried.end() ? nullptr : &known->second);
            ChunkTools tools;
            for (std::uint32_t i = 0; i < pack->entries.size(); ++i) {
                Bytes stored(pack->entries[i].stored_bytes), plain(pack->entries[i].plain_bytes);
                source.fetch(*pack, pack->entries[i].offset, stored);
                source.open_chunk(*pack, i, stored, tools, plain);
                text += as_text(plain);
            }
        }));
    }
    return text;
}

Bytes with_words(const std::string& words, std::size_t pages) {
    std::string text;
    while (text.size() < pages * kPage) text += words + " " + std::to_string(text.size()) + "; ";
    text.resize(pages * kPage);
    return to_bytes(as_bytes(text));
}

}  // namespace

TEST_CASE("a repository is made once and opened by its key alone", "[repository]") {
    ManualClock clock("2026-03-01T00:00:00Z");
    MemoryStore store(clock);
    CHECK_FALSE(Repository::exists(store));
    CHECK(code_thrown_by([&] { Repository::open(store, raw_key(), plain_options(clock)); }) == ErrorCode::Missing);
    const std::string id = Repository::create(store, raw_key(), plain_options(clock))->id();
    CHECK(Repository::exists(store));
    CHECK(code_thrown_by([&] { Repository::create(store, raw_key(), plain_options(clock)); }) == ErrorCode::AlreadyExists);
    CHECK(Repository::open(store, raw_key(), plain_options(clock))->id() == id);
    CHECK(code_thrown_by([&] { Repository::open(store, {Secret(std::string(64, 'a'))}, plain_options(clock)); }) == ErrorCode::WrongKey);
    CHECK(code_thrown_by([&] { Repository::open(store, {}, plain_options(clock)); }) == ErrorCode::WrongKey);
    MemoryStore empty(clock);
    CHECK(code_thrown_by([&] { Repository::create(empty, {}, plain_options(clock)); }) == ErrorCode::WrongKey);
}

TEST_CASE("a newer format and a damaged repository.json are told apart from a wrong key", "[repository]") {
    SmallBench bench;
    const std::string sound(as_text(bench.store.get("repository.json", 4096)));
    std::string newer = sound;
    newer.replace(newer.find("\"holdfast_repository\": 1"), 24, "\"holdfast_repository\": 2");
    bench.store.put("repository.json", as_bytes(newer));
    CHECK(code_thrown_by([&] { bench.open(bench.store); }) == ErrorCode::Unavailable);
    bench.store.put("repository.json", as_bytes(sound.substr(0, sound.size() / 2)));
    CHECK(code_thrown_by([&] { bench.open(bench.store); }) == ErrorCode::Corrupt);
    bench.store.put("repository.json", as_bytes(sound));
    bench.open(bench.store);
}

TEST_CASE("where repository.json is lost, no new repository is made on top of the backups", "[repository]") {
    SmallBench bench;
    const Source source = text_source(1);
    const PointManifest point = back_up(*bench.repository, "shop", source);
    const Bytes settings = bench.store.get("repository.json", 4096);
    bench.store.remove("repository.json");
    CHECK(code_thrown_by([&] { Repository::create(bench.store, raw_key(), plain_options(bench.clock)); }) == ErrorCode::Corrupt);
    bench.store.put("repository.json", settings);   // From another copy.
    CHECK(comes_back(*bench.open(bench.store), point, source));
}

TEST_CASE("of two that make a repository at once one wins and its key opens it", "[repository]") {
    ManualClock clock("2026-03-01T00:00:00Z");
    MemoryStore store(clock);
    HookedStore hooked(store);
    std::unique_ptr<Repository> winner;
    hooked.before = [&](StoreCall call, const std::string& name) {
        if (call == StoreCall::PutIfAbsent && name == "repository.json") winner = Repository::create(store, raw_key(), plain_options(clock));
    };
    CHECK(code_thrown_by([&] { Repository::create(hooked, {Secret(std::string(64, 'b'))}, plain_options(clock)); }) == ErrorCode::AlreadyExists);
    const PointManifest point = back_up(*winner, "shop", text_source(1));
    CHECK(comes_back(*Repository::open(store, raw_key(), plain_options(clock)), point, text_source(1)));
    CHECK(code_thrown_by([&] { Repository::open(store, {Secret(std::string(64, 'b'))}, plain_options(clock)); }) == ErrorCode::WrongKey);
}

TEST_CASE("points are listed by database, in a store with several", "[repository]") {
    SmallBench bench;
    const std::vector<std::string> databases{"shop", "shop.eu", "Shop/2", "sh"};
    std::map<std::string, PointManifest> points;
    for (const std::string& database : databases) points.emplace(database, back_up(*bench.repository, database, text_source(1)));
    CHECK(bench.repository->points(std::nullopt).size() == databases.size());
    for (const std::string& database : databases) {
        const auto listed = bench.repository->points(DatabaseName(database));
        REQUIRE(listed.size() == 1);
        CHECK(listed[0].point == points.at(database).point);
    }
    CHECK(bench.repository->points(DatabaseName("other")).empty());
    CHECK(code_thrown_by([&] { bench.repository->point(DatabaseName("sh"), points.at("shop").point.id); }) == ErrorCode::Missing);
    CHECK_FALSE(bench.repository->forget(DatabaseName("sh"), points.at("shop").point.id));
    CHECK(bench.repository->forget(DatabaseName("shop"), points.at("shop").point.id));
    CHECK_FALSE(bench.repository->forget(DatabaseName("shop"), points.at("shop").point.id));
    CHECK(bench.repository->points(DatabaseName("shop")).empty());
}

TEST_CASE("everything that is said about a point comes back", "[repository]") {
    SmallBench bench;
    PointManifest said;
    RecoveryPoint& point = said.point;
    point.engine = EngineKind::Postgres;
    point.kind = BackupKind::Incremental;
    point.started = bench.clock.now() + 1s;
    point.instant = bench.clock.now() + 2s;
    point.finished = bench.clock.now() + 3s;
    point.source_bytes = 12345;
    point.read_bytes = 2345;
    point.pinned = true;
    point.keep_until = bench.clock.now() + 24h * 30;
    point.provenance = {.policy_commit = "abc", .policy_dirty = true, .policy_hash = "def", .slot = bench.clock.now(), .host = "db1", .user = "backup",
                        .version = "1.2", .why = "a \"word\"\n\0x", .key = "job 7"};
    said.identity = "an identity";
    said.facts = {{"a", ""}, {"", "b"}, {"journal", "wal"}};
    const auto writer = bench.repository->begin_image(DatabaseName("shop"), {}, {}, bench.progress, {});
    add_all(*writer, text_source(1));
    const PointManifest committed = writer->commit(said);
    const PointManifest listed = bench.open(bench.store)->point(DatabaseName("shop"), committed.point.id);
    point.id = committed.point.id;
    point.database = DatabaseName("shop");
    point.stored_bytes = committed.point.stored_bytes;
    CHECK(listed.point == point);
    CHECK(listed.identity == said.identity);
    CHECK(listed.facts == said.facts);
    CHECK_FALSE(listed.base);
}

TEST_CASE("a process that has it open sees what others back up, forget and destroy", "[repository]") {
    SmallBench bench;
    const auto other = bench.open(bench.store);
    const PointManifest point = back_up(*other, "shop", text_source(1));
    CHECK(bench.repository->points(std::nullopt).size() == 1);
    CHECK(comes_back(*bench.repository, point, text_source(1)));
    const PointManifest second = back_up(*bench.repository, "shop", text_source(1), point.point.id);
    CHECK(second.point.stored_bytes == 0);
    CHECK(other->forget(DatabaseName("shop"), point.point.id));
    CHECK(bench.repository->points(std::nullopt).size() == 1);
    other->destroy_database_key(DatabaseName("shop"));
    CHECK(bench.repository->points(std::nullopt).empty());
    CHECK(code_thrown_by([&] { read_back(*bench.repository, DatabaseName("shop"), second.point.id); }).has_value());
    CHECK(comes_back(*other, back_up(*bench.repository, "shop", text_source(2)), text_source(2)));
}

TEST_CASE("what was decided about a point is seen by every process, and goes with the point", "[repository]") {
    SmallBench bench;
    const auto other = bench.open(bench.store);
    const DatabaseName shop("shop");
    const PointId id = back_up(*other, "shop", text_source(1)).point.id;
    CHECK_FALSE(bench.repository->pin(shop, id));
    const Pin kept{.pinned = false, .keep_until = parse_rfc3339("2026-12-24T18:00:00Z")};
    other->set_pin(shop, id, kept);
    CHECK(bench.repository->point(shop, id).point.pin() == kept);
    CHECK(bench.repository->points(shop).at(0).point.pin() == kept);
    CHECK(bench.repository->verify({}, 1.0, bench.progress, {}).ok());
    CHECK(bench.repository->forget(shop, id));
    CHECK_FALSE(other->pin(shop, id));
    CHECK(code_thrown_by([&] { other->set_pin(shop, id, kept); }) == ErrorCode::Missing);
    CHECK_FALSE(other->pin(shop, id));
}

TEST_CASE("keys survive one another: added, rotated twice, removed, while points are made", "[repository]") {
    SmallBench bench;
    const Source source = text_source(1);
    const PointManifest first = back_up(*bench.repository, "shop", source);
    const MasterKey second_key{Secret(std::string(64, '1'))}, third_key{Secret(std::string_view("a long passphrase of a person"))};
    const std::string added = bench.repository->add_key(third_key, "a person's");
    bench.repository->rotate_key(second_key, "2027");
    const PointManifest point = back_up(*bench.repository, "shop", source, first.point.id);
    CHECK(code_thrown_by([&] { bench.open(bench.store); }) == ErrorCode::WrongKey);
    for (const MasterKey* key : {&second_key, &third_key}) {
        const auto opened = Repository::open(bench.store, {key->text.clone()}, plain_options(bench.clock));
        CHECK(comes_back(*opened, first, source));
        CHECK(comes_back(*opened, point, source));
        CHECK(opened->verify({}, 1.0, bench.progress, {}).ok());
    }
    bench.repository->rotate_key(raw_key(), "back again");
    bench.repository->remove_key(added);
    CHECK(bench.names("keys/").size() == 1);
    CHECK(code_thrown_by([&] { Repository::open(bench.store, {second_key.text.clone()}, plain_options(bench.clock)); }) == ErrorCode::WrongKey);
    CHECK(comes_back(*bench.open(bench.store), point, source));
}

TEST_CASE("a rotation that fails at any call leaves one key or both that open everything", "[repository]") {
    bool struck = true;
    for (int at = 1; struck; ++at) {
        for (const bool after : {false, true}) {
            SmallBench bench;
            const Source source = text_source(1, 5);
            const PointManifest point = back_up(*bench.repository, "shop", source);
            HookedStore hooked(bench.store);
            const auto other = bench.open(hooked, 1);
            int calls = 0;
            (after ? hooked.after : hooked.before) = [&](StoreCall, const std::string&) {
                if (++calls == at) throw Error(ErrorCode::Io, "the store failed");
            };
            const MasterKey fresh{Secret(std::string(64, '9'))};
            const auto code = code_thrown_by([&] { other->rotate_key(fresh, "new"); });
            struck = calls >= at;
            const auto opens = [&](const MasterKey& key) {
                bool same = false;
                const auto refused = code_thrown_by([&] {
                    same = comes_back(*Repository::open(bench.store, {key.text.clone()}, plain_options(bench.clock)), point, source);
                });
                CHECK((same || refused == ErrorCode::WrongKey));
                return same;
            };
            const bool old_opens = opens(raw_key()), new_opens = opens(fresh);
            INFO("failed " << (after ? "after" : "before") << " call " << at);
            CHECK((old_opens || new_opens));
            if (!code) CHECK((new_opens && !old_opens));
        }
    }
}

TEST_CASE("what a destroyed key protected is nowhere readable and the others keep what they shared", "[repository]") {
    SmallBench bench;
    const Bytes secret = with_words("the patient's diagnosis", 64);
    const Bytes shared = with_words("a public price list", 64);
    Source gone{{"main", 4096, shared}, {"more", 4096, secret}};
    const PointManifest lost = back_up(*bench.repository, "gone", gone);
    const Source kept{{"main", 4096, shared}};
    const PointManifest point = back_up(*bench.repository, "kept", kept);
    CHECK(point.point.stored_bytes == 0);
    REQUIRE(everything_readable(bench.store).find("diagnosis") != std::string::npos);

    SECTION("when nobody else writes") {
        bench.repository->destroy_database_key(DatabaseName("gone"));
        CHECK_FALSE(fs::exists(bench.folder / "cache" / bench.repository->id() / "gone"));
    }
    SECTION("when a backup that relies on it runs meanwhile") {
        const auto writer = bench.repository->begin_image(DatabaseName("third"), {}, {}, bench.progress, {});
        add_all(*writer, kept);
        CHECK(writer->totals().stored_bytes == 0);
        bench.clock.advance(1min);
        bench.open(bench.store)->destroy_database_key(DatabaseName("gone"));
        // It has to be told, or to be readable.
        const auto code = code_thrown_by([&] {
            const PointManifest third = writer->commit({});
            CHECK(comes_back(*bench.repository, third, kept));
        });
        CHECK((!code || code == ErrorCode::Changed));
    }
    SECTION("when a backup of the same database runs meanwhile") {
        const auto writer = bench.repository->begin_image(DatabaseName("gone"), {}, lost.point.id, bench.progress, {});
        add_all(*writer, gone);
        bench.clock.advance(1min);
        bench.open(bench.store)->destroy_database_key(DatabaseName("gone"));
        CHECK(code_thrown_by([&] { writer->commit({}); }) == ErrorCode::Changed);
    }
    SECTION("when it is killed right after its announcement and a collection comes by") {
        keys_in(bench.store)->announce_destruction(DatabaseName("gone"), bench.clock.now());
        bench.collect(24h);
    }
    bench.clock.advance(1h);
    bench.collect(24h);
    CHECK(comes_back(*bench.repository, point, kept));
    CHECK(everything_readable(bench.store).find("diagnosis") == std::string::npos);
    CHECK(everything_readable(bench.store).find("price list") != std::string::npos);
    CHECK(bench.repository->points(DatabaseName("gone")).empty());
    CHECK(bench.names("data-keys/gone").empty());
    CHECK(bench.verify().ok());
    // It begins anew, and shares again.
    const PointManifest again = back_up(*bench.repository, "gone", gone);
    CHECK(comes_back(*bench.repository, again, gone));
}

TEST_CASE("a destruction that fails at any call can be tried again and harms no other database", "[repository]") {
    bool struck = true;
    for (int at = 1; struck; at += 1 + at / 12) {
        struck = false;
        for (const bool after : {false, true}) {
            SmallBench bench;
            const Source gone{{"main", 4096, text_pages(64, 1)}}, kept{{"main", 4096, Bytes(gone[0].bytes.begin(), gone[0].bytes.begin() + 16 * kPage)}};
            back_up(*bench.repository, "gone", gone);
            const PointManifest point = back_up(*bench.repository, "kept", kept);
            HookedStore hooked(bench.store);
            const auto other = bench.open(hooked, 1);
            int calls = 0;
            (after ? hooked.after : hooked.before) = [&](StoreCall, const std::string&) {
                if (++calls != at) return;
                struck = true;
                throw Error(ErrorCode::Io, "the store failed");
            };
            static_cast<void>(code_thrown_by([&] { other->destroy_database_key(DatabaseName("gone")); }));
            INFO("failed " << (after ? "after" : "before") << " call " << at);
            CHECK(comes_back(*bench.repository, point, kept));
            bench.clock.advance(1h);
            bench.repository->destroy_database_key(DatabaseName("gone"));
            bench.clock.advance(48h);
            bench.collect(24h);
            bench.collect(24h);
            CHECK(comes_back(*bench.repository, point, kept));
            CHECK(bench.names("data-keys/gone").empty());
            CHECK(bench.names("points/gone").empty());
            CHECK(bench.verify().ok());
        }
    }
}

TEST_CASE("verifying a store that is only read tells what is damaged", "[repository]") {
    SmallBench bench;
    back_up(*bench.repository, "shop", text_source(1));
    bench.flip(bench.names("packs/").at(0), 100);
    HookedStore hooked(bench.store);
    hooked.before = [](StoreCall call, const std::string& name) {
        const bool writes = call == StoreCall::Put || call == StoreCall::PutIfAbsent || call == StoreCall::BeginUpload || call == StoreCall::Remove;
        if (writes) throw Error(ErrorCode::NotPermitted, name + " may only be read");
    };
    const auto reader = bench.open(hooked);
    CHECK(reader->verify({}, 1.0, bench.progress, {}).damage.size() == 1);
    CHECK(reader->points(std::nullopt).size() == 1);
}
