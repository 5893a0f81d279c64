// The keyring as its parts use it: data keys, what they derive, and how they end. What a user sees of keys is keyring_test.cpp.
#include "engine/crypto/keys.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

const DatabaseName kShop{"shop"}, kBooks{"books"};
constexpr std::string_view kOtherKey = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

bool same(const std::optional<Secret>& a, const std::optional<Secret>& b) {
    return a && b && equal_in_constant_time(a->reveal(), b->reveal());
}

std::string data_key_name(KeyedStore& bench, const DatabaseName& database) { return bench.names("data-keys/" + escape_database(database) + "/").at(0); }

}  // namespace

TEST_CASE("a database keeps its data key and another one has another", "[repository][keyring]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        KeyedStore bench(suite);
        const KeyId shop = bench.keys->writing_key(kShop), books = bench.keys->writing_key(kBooks);
        CHECK(shop != books);
        CHECK(bench.keys->writing_key(kShop) == shop);
        const auto again = bench.reopened();
        CHECK(again->writing_key(kShop) == shop);
        CHECK(again->database_of(books) == kBooks);
        CHECK(again->keys_of(kShop) == std::vector{shop});
        CHECK(same(again->pack_key(shop, pack_id(1)), bench.keys->pack_key(shop, pack_id(1))));
        CHECK(bench.names("data-keys/").size() == 2);
    }
}

TEST_CASE("every pack and point and database has a key of its own", "[repository][keyring]") {
    KeyedStore bench;
    const KeyId shop = bench.keys->writing_key(kShop), books = bench.keys->writing_key(kBooks);
    std::set<Bytes> seen;
    const auto add = [&](std::optional<Secret> key) { return seen.insert(to_bytes(key.value().reveal())).second; };
    for (const KeyId& owner : {shop, books}) {
        for (unsigned i = 0; i < 20; ++i) CHECK(add(bench.keys->pack_key(owner, pack_id(i))));
        // The same sixteen bytes as salt give a point another key than a pack.
        for (unsigned i = 0; i < 20; ++i) CHECK(add(bench.keys->point_key(owner, pack_id(i).bytes)));
    }
    for (const Secret* common : {&bench.keys->identity_key(), &bench.keys->fingerprint_key(), &bench.keys->cache_key(), &bench.keys->cutting_key(), bench.keys->sealing().key}) {
        CHECK(add(common->clone()));
    }
}

TEST_CASE("a wrong key is a wrong key and a missing one is missing", "[repository][keyring]") {
    KeyedStore bench;
    CHECK(code_thrown_by([&] { bench.reopened(kOtherKey); }) == ErrorCode::WrongKey);
    CHECK(code_thrown_by([&] { bench.reopened("a passphrase"); }) == ErrorCode::WrongKey);
    CHECK(code_thrown_by([&] { bench.reopened(""); }) == ErrorCode::WrongKey);
    bench.store.remove(bench.names("keys/").at(0));
    CHECK(code_thrown_by([&] { bench.reopened(); }) == ErrorCode::Missing);
}

TEST_CASE("rotating the master key changes no other key and shuts out the old one", "[repository][keyring]") {
    KeyedStore bench;
    const KeyId shop = bench.keys->writing_key(kShop);
    const Bytes identity = to_bytes(bench.keys->identity_key().reveal()), data_key = bench.object(data_key_name(bench, kShop));
    bench.keys->rotate_master_key(master(kOtherKey), "second", instant("2026-04-01T00:00:00Z"));
    CHECK(bench.names("keys/").size() == 1);
    CHECK(code_thrown_by([&] { bench.reopened(); }) == ErrorCode::WrongKey);
    const auto again = bench.reopened(kOtherKey);
    CHECK(to_bytes(again->identity_key().reveal()) == identity);
    CHECK(bench.object(data_key_name(bench, kShop)) == data_key);
    CHECK(same(again->pack_key(shop, pack_id(1)), bench.keys->pack_key(shop, pack_id(1))));
    // And once more, from the keyring that rotated.
    bench.keys->rotate_master_key(master("a passphrase"), "third", {});
    CHECK(code_thrown_by([&] { bench.reopened(kOtherKey); }) == ErrorCode::WrongKey);
    CHECK(bench.reopened("a passphrase")->master_keys().at(0).comment == "third");
}

TEST_CASE("a repository without encryption takes no keys", "[repository][keyring]") {
    KeyedStore bench(Suite::Checksum);
    CHECK(code_thrown_by([&] { bench.keys->add_master_key(master(), "", {}); }) == ErrorCode::Usage);
    CHECK(code_thrown_by([&] { bench.keys->rotate_master_key(master(), "", {}); }) == ErrorCode::Usage);
    CHECK(bench.names("keys/").size() == 1);
}

TEST_CASE("a destroyed data key derives nothing any more and its object is gone", "[repository][keyring]") {
    KeyedStore bench;
    const KeyId shop = bench.keys->writing_key(kShop), books = bench.keys->writing_key(kBooks);
    bench.keys->announce_destruction(kShop, instant("2026-04-01T00:00:00Z"));
    bench.keys->destroy_announced();
    const auto again = bench.reopened();
    for (Keyring* keys : {bench.keys.get(), again.get()}) {
        keys->reload();
        CHECK(keys->is_destroyed(shop));
        CHECK_FALSE(keys->pack_key(shop, pack_id(1)));
        CHECK_FALSE(keys->point_key(shop, Bytes(16)));
        CHECK_FALSE(keys->database_of(shop));
        CHECK(keys->database_once_of(shop) == kShop);
        CHECK(keys->keys_of(kShop).empty());
        CHECK(keys->pack_key(books, pack_id(1)));
        CHECK_FALSE(keys->is_destroyed(books));
    }
    CHECK(bench.names("data-keys/shop/").empty());
    CHECK(bench.keys->writing_key(kShop) != shop);
}

TEST_CASE("from its announcement on a data key opens no point even where it is put back", "[repository][keyring]") {
    KeyedStore bench;
    const KeyId shop = bench.keys->writing_key(kShop);
    const std::string name = data_key_name(bench, kShop);
    const Bytes object = bench.object(name);
    bench.keys->announce_destruction(kShop, {});
    CHECK(bench.names("destroyed/").size() == 1);
    bench.keys->reload();
    CHECK_FALSE(bench.keys->point_key(shop, Bytes(16)));
    CHECK(bench.keys->writing_key(kShop) != shop);
    bench.keys->destroy_announced();
    bench.store.put(name, object);   // From an old copy of the store.
    const auto again = bench.reopened();
    CHECK(again->is_destroyed(shop));
    CHECK_FALSE(again->point_key(shop, Bytes(16)));
    again->destroy_announced();
    CHECK(bench.names("data-keys/shop/").size() == 1);   // The one made after the announcement.
}

TEST_CASE("a data key changed or cut anywhere is told and the others work", "[repository][keyring]") {
    KeyedStore bench;
    const KeyId shop = bench.keys->writing_key(kShop), books = bench.keys->writing_key(kBooks);
    const std::string name = data_key_name(bench, kShop);
    const Bytes sound = bench.object(name);
    const auto check = [&](const Bytes& bytes) {
        bench.store.put(name, bytes);
        bench.keys->reload();
        return !bench.keys->pack_key(shop, pack_id(1)) && bench.keys->damaged_data_keys() == std::vector{name} && bench.keys->pack_key(books, pack_id(1));
    };
    bool all_told = true;
    each_flipped_bit(sound, [&](const Bytes& flipped) { all_told = all_told && check(flipped); });
    each_truncation(sound, [&](const Bytes& part) { all_told = all_told && check(part); });
    CHECK(all_told);
}

TEST_CASE("the data key of one database does not pass for that of another", "[repository][keyring]") {
    KeyedStore bench;
    const KeyId shop = bench.keys->writing_key(kShop);
    const Bytes object = bench.object(data_key_name(bench, kShop));
    bench.store.remove(data_key_name(bench, kShop));
    bench.store.put(data_key_object(kBooks, shop), object);
    bench.store.put(data_key_object(kShop, key_id(9)), object);
    bench.keys->reload();
    CHECK_FALSE(bench.keys->database_of(shop));
    CHECK_FALSE(bench.keys->database_of(key_id(9)));
    CHECK(bench.keys->damaged_data_keys().size() == 2);
}

TEST_CASE("an announcement that is damaged destroys nothing and keeps nobody out", "[repository][keyring]") {
    KeyedStore bench;
    const KeyId shop = bench.keys->writing_key(kShop), books = bench.keys->writing_key(kBooks);
    bench.keys->announce_destruction(kBooks, {});
    const std::string sound_name = bench.names("destroyed/").at(0);
    const std::string planted = "destroyed/" + shop.text();
    bench.store.put(planted, bench.object(sound_name));   // Says that another key is gone.
    const auto again = bench.reopened();
    CHECK_FALSE(again->is_destroyed(shop));
    CHECK(again->is_destroyed(books));
    CHECK(again->damaged_data_keys() == std::vector{planted});
    again->destroy_announced();
    CHECK(again->pack_key(shop, pack_id(1)));
}
