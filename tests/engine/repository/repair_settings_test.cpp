#include "engine/repository/repair_settings.hpp"

#include "engine/repository/key_object.hpp"
#include "tests/engine/repository/workbench.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

const std::string kSettings{kSettingsObject};

MasterKey phrase() { return {Secret(std::string_view("correct horse battery staple"))}; }

bool repaired(Workbench& bench, const MasterKey& key) { return repair_settings(bench.store, key, bench.options()); }

// Of another repository: what a creation that was killed before its repository.json leaves.
void leave_foreign_key(Workbench& bench) {
    RepositorySettings other;
    other.id = "01jznk8w3xq5m9c2v7b4h6t0rb";
    const Bytes object = wrap_key_block(other, raw_key(), random_key_block(), {.created = bench.clock.now(), .comment = {}});
    REQUIRE(bench.store.put_if_absent("keys/00000000000000000000000000000000", object));
}

}  // namespace

TEST_CASE("a lost or damaged repository.json comes back byte for byte", "[repository][repair]") {
    for (const bool use_aes : {true, false}) {
        Workbench bench(use_aes);
        const Bytes pages = text_pages(20, 1);
        const PointManifest point = bench.full(pages);
        const Bytes sound = bench.store.get(kSettings, 4096);
        CHECK_FALSE(repaired(bench, bench.key()));
        bench.store.remove(kSettings);
        CHECK(has_lost_settings(bench.store));
        CHECK(code_thrown_by([&] { bench.reopen(); }) == ErrorCode::Corrupt);
        CHECK(repaired(bench, bench.key()));
        CHECK(bench.store.get(kSettings, 4096) == sound);
        for (std::size_t at = 0; at < sound.size(); ++at) {
            INFO("byte " << at);
            bench.flip(kSettings, at);
            // A version that looks newer is not damage that can be known as such.
            if (code_thrown_by([&] { Repository::open(bench.store, bench.key(), bench.options()); }) == ErrorCode::Corrupt) {
                CHECK(repaired(bench, bench.key()));
                CHECK(bench.store.get(kSettings, 4096) == sound);
            }
            bench.store.put(kSettings, sound);
        }
        bench.reopen();
        CHECK((bench.restored(point) == pages));
    }
}

TEST_CASE("each key of a repository can put its settings back, and only such a key", "[repository][repair]") {
    Workbench bench;
    bench.full(text_pages(5, 1));
    bench.repository->add_key(phrase(), "of the vault");
    const Bytes sound = bench.store.get(kSettings, 4096);
    bench.store.remove(kSettings);
    CHECK(code_thrown_by([&] { repaired(bench, {Secret(std::string(64, 'a'))}); }) == ErrorCode::WrongKey);
    CHECK_FALSE(Repository::exists(bench.store));
    CHECK(repaired(bench, phrase()));
    CHECK(bench.store.get(kSettings, 4096) == sound);
}

TEST_CASE("a killed creation's key does not confuse a repair, and where nothing decides nothing is written", "[repository][repair]") {
    Workbench bench;
    leave_foreign_key(bench);
    const Bytes sound = bench.store.get(kSettings, 4096);
    bench.store.remove(kSettings);
    CHECK(code_thrown_by([&] { repaired(bench, raw_key()); }) == ErrorCode::Corrupt);   // No data key yet that would tell.
    CHECK_FALSE(Repository::exists(bench.store));
    bench.store.put(kSettings, sound);
    bench.full(text_pages(5, 1));
    bench.store.remove(kSettings);
    CHECK(repaired(bench, raw_key()));
    CHECK(bench.store.get(kSettings, 4096) == sound);
}

TEST_CASE("a key in clear that somebody slipped in does not make an encrypted repository an open one", "[repository][repair]") {
    Workbench bench;
    bench.full(text_pages(5, 1));
    for (const std::string& key : bench.names("keys/")) bench.store.remove(key);
    RepositorySettings open;
    open.id = bench.repository->id();
    open.suite = Suite::Checksum;
    const Bytes object = wrap_key_block(open, {}, random_key_block(), {.created = bench.clock.now(), .comment = {}});
    REQUIRE(bench.store.put_if_absent("keys/00000000000000000000000000000000", object));
    bench.store.remove(kSettings);
    CHECK(code_thrown_by([&] { repaired(bench, raw_key()); }) == ErrorCode::WrongKey);
    CHECK_FALSE(Repository::exists(bench.store));
}

TEST_CASE("a repository.json that was exchanged for one without encryption is put right", "[repository][repair]") {
    Workbench bench;
    bench.full(text_pages(5, 1));
    const Bytes sound = bench.store.get(kSettings, 4096);
    std::string open(as_text(sound));
    open.replace(open.find("aes-256-gcm"), 11, "none");
    bench.store.put(kSettings, as_bytes(open));
    CHECK(code_thrown_by([&] { bench.reopen(); }) == ErrorCode::NotPermitted);
    CHECK(repaired(bench, raw_key()));
    CHECK(bench.store.get(kSettings, 4096) == sound);
}

TEST_CASE("a newer repository.json is no damage, and without keys there is nothing to repair from", "[repository][repair]") {
    Workbench bench;
    bench.full(text_pages(5, 1));
    std::string newer(as_text(bench.store.get(kSettings, 4096)));
    newer.replace(newer.find("\"holdfast_repository\": 1"), 24, "\"holdfast_repository\": 2");
    bench.store.put(kSettings, as_bytes(newer));
    CHECK(code_thrown_by([&] { repaired(bench, raw_key()); }) == ErrorCode::Unavailable);
    CHECK(as_text(bench.store.get(kSettings, 4096)) == newer);
    bench.store.remove(kSettings);
    for (const std::string& key : bench.names("keys/")) bench.store.remove(key);
    CHECK(code_thrown_by([&] { repaired(bench, raw_key()); }) == ErrorCode::Missing);
}
