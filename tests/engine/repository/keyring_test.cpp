#include "engine/repository/keyring.hpp"

#include "tests/engine/repository/workbench.hpp"

using namespace holdfast;

namespace {

MasterKey passphrase() { return {Secret(std::string_view("correct horse battery staple"))}; }

ErrorCode code_of_opening(Workbench& bench, const MasterKey& key) {
    try {
        Repository::open(bench.store, key, bench.options());
        return ErrorCode::Internal;
    } catch (const Error& error) {
        return error.code;
    }
}

}  // namespace

TEST_CASE("a key is 64 hex digits or 32 bytes in base64, everything else a passphrase", "[repository]") {
    CHECK(master_kind_of(raw_key()) == MasterKind::Key);
    CHECK(master_kind_of({Secret(to_base64(Bytes(32)))}) == MasterKind::Key);
    CHECK(master_kind_of(passphrase()) == MasterKind::Passphrase);
    CHECK(master_kind_of({Secret(std::string_view("00"))}) == MasterKind::Passphrase);
    CHECK_THROWS_AS(master_kind_of({}), Error);
}

TEST_CASE("a wrong key opens nothing", "[repository]") {
    Workbench bench;
    CHECK(code_of_opening(bench, passphrase()) == ErrorCode::WrongKey);
    CHECK(code_of_opening(bench, {Secret(std::string(64, '0'))}) == ErrorCode::WrongKey);
}

TEST_CASE("keys are added, listed and removed, but never the last", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(100, 1);
    const PointManifest point = bench.full(pages);
    const std::string added = bench.repository->add_key(passphrase(), "for the vault");
    const auto keys = bench.repository->keys();
    REQUIRE(keys.size() == 2);
    for (const KeyFacts& key : keys) {
        CHECK(key.opened_this == (key.id != added));
        CHECK(key.kind == (key.id == added ? "passphrase" : "key"));
        CHECK(key.comment == (key.id == added ? "for the vault" : "first key"));
        if (key.opened_this) bench.repository->remove_key(key.id);
    }
    CHECK_THROWS_AS(bench.repository->remove_key(added), Error);
    CHECK_THROWS_AS(bench.repository->remove_key("nothing"), Error);
    CHECK(code_of_opening(bench, raw_key()) == ErrorCode::WrongKey);
    bench.repository = Repository::open(bench.store, passphrase(), bench.options());
    CHECK((bench.restored(point) == pages));
}

TEST_CASE("rotating wraps the same keys anew and removes the old wrapping", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(100, 1);
    const PointManifest point = bench.full(pages);
    const std::size_t packs = bench.count("packs/");
    bench.repository->rotate_key(passphrase(), "2026");
    CHECK(bench.count("keys/") == 1);
    CHECK(bench.repository->keys().at(0).opened_this);
    CHECK(code_of_opening(bench, raw_key()) == ErrorCode::WrongKey);
    bench.repository = Repository::open(bench.store, passphrase(), bench.options());
    CHECK((bench.restored(point) == pages));
    CHECK(bench.count("packs/") == packs);
}

TEST_CASE("repository.json cannot be exchanged for one that says something else", "[repository]") {
    Workbench bench;
    const std::string before(as_text(bench.store.get("repository.json", 4096)));
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"aes-256-gcm", "none"}, {"262144", "131072"}, {"\"pack_bytes\": 33554432", "\"pack_bytes\": 33554431"}, {"2026", "2027"}}) {
        std::string changed = before;
        changed.replace(changed.find(from), from.size(), to);
        bench.store.put("repository.json", as_bytes(changed));
        CHECK_THROWS_AS(Repository::open(bench.store, raw_key(), bench.options()), Error);
    }
    bench.store.put("repository.json", as_bytes(before));
    bench.reopen();
}

TEST_CASE("destroying one database's key leaves the others what they share", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(1000, 1);
    const PointManifest gone = bench.full(pages, "gone");
    Bytes changed = pages;
    change_page(changed, 10, 1);
    const PointManifest kept = bench.full(changed, "kept");
    const PointManifest both = bench.incremental(pages, kept.point.id, "kept");
    bench.repository->destroy_database_key(DatabaseName("gone"));
    bench.reopen();
    CHECK(bench.repository->points(DatabaseName("gone")).empty());
    CHECK(bench.count("data-keys/") == 1);
    CHECK_THROWS_AS(bench.repository->read_image(DatabaseName("gone"), gone.point.id), Error);
    CHECK((bench.restored(kept) == changed));
    CHECK((bench.restored(both) == pages));
    CHECK(bench.verify().ok());
    // The packs of the destroyed key are gone at once: nothing is left that its key would open.
    const auto keys = Keyring::open(bench.store, parse_settings(as_text(bench.store.get("repository.json", 4096))), raw_key());
    for (const std::string& pack : bench.names("packs/")) {
        Bytes owner(16);
        bench.store.get_range(pack, 32, owner);
        CHECK(keys->database_of(id_from_bytes<KeyId>(owner)) == DatabaseName("kept"));
    }
    // A new backup of it gets a new key.
    CHECK((bench.restored(bench.full(pages, "gone")) == pages));
    CHECK((bench.restored(bench.incremental(pages, both.point.id, "kept")) == pages));
}

TEST_CASE("a destruction that was killed after it was announced is completed by the next one or a collection", "[repository]") {
    Workbench bench;
    const Bytes pages = text_pages(500, 1);
    bench.full(pages, "gone");
    const PointManifest kept = bench.full(pages, "kept");
    {
        const auto keys = Keyring::open(bench.store, parse_settings(as_text(bench.store.get("repository.json", 4096))), raw_key());
        keys->announce_destruction(DatabaseName("gone"), bench.clock.now());
    }
    bench.reopen();
    CHECK(bench.repository->points(DatabaseName("gone")).empty());
    CHECK((bench.restored(kept) == pages));
    if (GENERATE(true, false)) bench.repository->destroy_database_key(DatabaseName("gone"));
    else bench.collect(Duration(0));
    CHECK(bench.count("data-keys/gone") == 0);
    CHECK(bench.count("points/gone") == 0);
    bench.reopen();
    CHECK((bench.restored(kept) == pages));
    CHECK(bench.verify().ok());
}

TEST_CASE("a key object with rubbish in it is refused", "[repository]") {
    Workbench bench;
    bench.repository->add_key(passphrase(), "");
    for (const std::string& name : bench.names("keys/")) {
        const Bytes sound = bench.store.get(name, 4096);
        for (std::size_t at = 0; at < sound.size(); ++at) {
            bench.flip(name, at);
            INFO(name << " byte " << at);
            CHECK((code_of_opening(bench, raw_key()) != ErrorCode::Internal || !bench.verify().ok()));
            bench.store.put(name, sound);
        }
    }
}
