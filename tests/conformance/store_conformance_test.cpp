// The contract of engine/storage/store.hpp, held against every store and every decorator.
#include <catch2/catch.hpp>
#include <thread>

#include "engine/storage/fault_store.hpp"
#include "engine/storage/retry_store.hpp"
#include "engine/storage/throttle_store.hpp"
#include "providers/stores/local/local_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

// What a store under test stands on, together with it.
struct Ground {
    TemporaryFolder folder;
    ManualClock clock{"2026-11-20T13:05:00Z"};
    FaultScript script;
    std::unique_ptr<Store> store;
};

using Make = std::unique_ptr<Store> (*)(Ground&);

std::unique_ptr<Store> local_store_of(Ground& ground) {
    return open_local_store({.name = StoreName("here"),
                             .url = "file://" + (ground.folder / "store").string(),
                             .site = {},
                             .lock = std::nullopt});
}

const std::pair<const char*, Make> kStores[] = {
    {"memory", [](Ground& ground) -> std::unique_ptr<Store> { return std::make_unique<MemoryStore>(ground.clock); }},
    {"local", local_store_of},
    {"retry over memory",
     [](Ground&) { return make_retry_store(std::make_unique<MemoryStore>(), {}, [](Duration) {}); }},
    {"throttle over memory",
     [](Ground& ground) {
         return make_throttle_store(std::make_unique<MemoryStore>(),
                                    {.bytes_per_second = 1'000, .clock = &ground.clock,
                                     .sleep = [&ground](Duration wait) { ground.clock.advance(wait); }});
     }},
    {"fault over memory",
     [](Ground& ground) { return make_fault_store(std::make_unique<MemoryStore>(), ground.script); }},
    {"retry over fault over local",
     [](Ground& ground) {
         return make_retry_store(make_fault_store(local_store_of(ground), ground.script), {}, [](Duration) {});
     }},
};

// Runs the body of one test once per store, in a section of its own.
void for_every_store(const std::function<void(Store&)>& body) {
    for (const auto& [name, make] : kStores) {
        DYNAMIC_SECTION(name) {
            Ground ground;
            ground.store = make(ground);
            body(*ground.store);
        }
    }
}

std::string text_of(Store& store, const std::string& name) { return std::string(as_text(store.get(name, 1 << 20))); }

std::vector<std::string> names_of(Store& store, std::string_view prefix) {
    std::vector<std::string> names;
    store.list(prefix, [&](const ObjectFacts& facts) { names.push_back(facts.name); });
    return names;
}

ErrorCode code_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.code;
    }
    FAIL("nothing was thrown");
    return ErrorCode::Internal;
}

}  // namespace

TEST_CASE("what was put can be got", "[conformance][store]") {
    for_every_store([](Store& store) {
        CHECK(store.put_if_absent("repository.json", as_bytes("{}")));
        CHECK(store.put_if_absent("packs/3f/3f9c", as_bytes("pack")));
        CHECK(store.put_if_absent("empty", {}));
        CHECK(text_of(store, "repository.json") == "{}");
        CHECK(text_of(store, "packs/3f/3f9c") == "pack");
        CHECK(text_of(store, "empty").empty());
    });
}

TEST_CASE("put if absent never replaces", "[conformance][store]") {
    for_every_store([](Store& store) {
        REQUIRE(store.put_if_absent("a/b", as_bytes("first")));
        CHECK_FALSE(store.put_if_absent("a/b", as_bytes("other")));
        CHECK_FALSE(store.put_if_absent("a/b", as_bytes("first")));
        CHECK(text_of(store, "a/b") == "first");
    });
}

TEST_CASE("put replaces the whole object", "[conformance][store]") {
    for_every_store([](Store& store) {
        store.put("locks/one", as_bytes("a long first version"));
        store.put("locks/one", as_bytes("short"));
        CHECK(text_of(store, "locks/one") == "short");
        CHECK(names_of(store, "") == std::vector<std::string>{"locks/one"});
    });
}

TEST_CASE("an upload shows only after its commit", "[conformance][store]") {
    for_every_store([](Store& store) {
        const std::unique_ptr<Upload> upload = store.begin_upload("packs/aa/1");
        upload->append(as_bytes("one "));
        upload->append({});
        upload->append(as_bytes("two"));
        CHECK(names_of(store, "").empty());
        CHECK_FALSE(store.look_at("packs/aa/1"));
        REQUIRE(upload->commit());
        CHECK(text_of(store, "packs/aa/1") == "one two");
    });
}

TEST_CASE("an upload that is given up leaves nothing", "[conformance][store]") {
    for_every_store([](Store& store) {
        store.begin_upload("packs/aa/1")->append(as_bytes("one"));
        CHECK(names_of(store, "").empty());
        CHECK(store.put_if_absent("packs/aa/1", as_bytes("two")));
        CHECK(text_of(store, "packs/aa/1") == "two");
    });
}

TEST_CASE("of two uploads with one name the first to commit wins", "[conformance][store]") {
    for_every_store([](Store& store) {
        const std::unique_ptr<Upload> one = store.begin_upload("x");
        const std::unique_ptr<Upload> two = store.begin_upload("x");
        one->append(as_bytes("one"));
        two->append(as_bytes("two"));
        CHECK(two->commit());
        CHECK_FALSE(one->commit());
        CHECK(text_of(store, "x") == "two");
    });
}

TEST_CASE("an upload of many megabytes arrives whole", "[conformance][store]") {
    for_every_store([](Store& store) {
        Bytes piece(1 << 20);
        for (std::size_t at = 0; at < piece.size(); ++at) piece[at] = static_cast<std::byte>(at * 31 >> 3);
        const std::unique_ptr<Upload> upload = store.begin_upload("big");
        for (int count = 0; count < 10; ++count) upload->append(piece);
        REQUIRE(upload->commit());
        CHECK(store.look_at("big").value().bytes == 10 * piece.size());
        Bytes range(piece.size());
        store.get_range("big", 7 * piece.size(), range);
        CHECK(range == piece);
    });
}

TEST_CASE("ranges are read exactly or not at all", "[conformance][store]") {
    for_every_store([](Store& store) {
        REQUIRE(store.put_if_absent("a", as_bytes("0123456789")));
        Bytes out(4);
        store.get_range("a", 3, out);
        CHECK(as_text(out) == "3456");
        store.get_range("a", 6, out);
        CHECK(as_text(out) == "6789");
        CHECK(code_of([&] { store.get_range("a", 7, out); }) == ErrorCode::Corrupt);
        CHECK(code_of([&] { store.get_range("a", 1000, out); }) == ErrorCode::Corrupt);
        CHECK(code_of([&] { store.get_range("a", ~std::uint64_t{0} / 4, out); }) == ErrorCode::Corrupt);
        store.get_range("a", 10, std::span<std::byte>());
    });
}

TEST_CASE("a range shows the object that is there now", "[conformance][store]") {
    for_every_store([](Store& store) {
        Bytes out(3);
        store.put("a", as_bytes("old"));
        store.get_range("a", 0, out);
        store.put("a", as_bytes("new"));
        store.get_range("a", 0, out);
        CHECK(as_text(out) == "new");
        REQUIRE(store.remove("a"));
        CHECK(code_of([&] { store.get_range("a", 0, out); }) == ErrorCode::Missing);
    });
}

TEST_CASE("an object over the limit is refused before it is read", "[conformance][store]") {
    for_every_store([](Store& store) {
        REQUIRE(store.put_if_absent("a", as_bytes("0123456789")));
        CHECK(store.get("a", 10).size() == 10);
        CHECK(code_of([&] { store.get("a", 9); }) == ErrorCode::Corrupt);
    });
}

TEST_CASE("what is not there is missing", "[conformance][store]") {
    for_every_store([](Store& store) {
        Bytes out(1);
        CHECK(code_of([&] { store.get("a", 10); }) == ErrorCode::Missing);
        CHECK(code_of([&] { store.get("no/such/folder", 10); }) == ErrorCode::Missing);
        CHECK(code_of([&] { store.get_range("a", 0, out); }) == ErrorCode::Missing);
        CHECK_FALSE(store.look_at("a"));
        CHECK_FALSE(store.look_at("no/such/folder"));
        CHECK_FALSE(store.remove("a"));
        CHECK_FALSE(store.remove("no/such/folder"));
        CHECK(names_of(store, "a").empty());
    });
}

TEST_CASE("a folder of objects is no object", "[conformance][store]") {
    for_every_store([](Store& store) {
        REQUIRE(store.put_if_absent("a/b/c", as_bytes("1")));
        CHECK_FALSE(store.look_at("a/b"));
        CHECK_FALSE(store.remove("a/b"));
        CHECK(code_of([&] { store.get("a/b", 10); }) == ErrorCode::Missing);
        CHECK(text_of(store, "a/b/c") == "1");
    });
}

TEST_CASE("looking at an object tells its size", "[conformance][store]") {
    for_every_store([](Store& store) {
        REQUIRE(store.put_if_absent("a/b", as_bytes("12345")));
        const ObjectFacts facts = store.look_at("a/b").value();
        CHECK(facts.name == "a/b");
        CHECK(facts.bytes == 5);
    });
}

TEST_CASE("a list is sorted by the whole name and cut to the prefix", "[conformance][store]") {
    for_every_store([](Store& store) {
        // '-' and '.' sort before '/', '0' behind it: a folder does not sort as its bare name does.
        const std::vector<std::string> names{"a", "b-c", "b.c", "b/a/z", "b/c", "b0", "points/d/1", "points/d/2", "points/e/1"};
        for (auto name = names.rbegin(); name != names.rend(); ++name) REQUIRE(store.put_if_absent(*name, as_bytes(*name)));
        CHECK(names_of(store, "") == names);
        CHECK(names_of(store, "points/d/") == std::vector<std::string>{"points/d/1", "points/d/2"});
        CHECK(names_of(store, "poi") == std::vector<std::string>{"points/d/1", "points/d/2", "points/e/1"});
        CHECK(names_of(store, "b") == std::vector<std::string>{"b-c", "b.c", "b/a/z", "b/c", "b0"});
        CHECK(names_of(store, "b/a/z") == std::vector<std::string>{"b/a/z"});
        CHECK(names_of(store, "c").empty());
    });
}

TEST_CASE("objects may be removed while they are listed", "[conformance][store]") {
    for_every_store([](Store& store) {
        for (const char* name : {"p/1", "p/2", "p/3"}) REQUIRE(store.put_if_absent(name, {}));
        store.list("p/", [&](const ObjectFacts& facts) { CHECK(store.remove(facts.name)); });
        CHECK(names_of(store, "").empty());
    });
}

TEST_CASE("a failure of whoever looks at a list reaches the caller", "[conformance][store]") {
    for_every_store([](Store& store) {
        REQUIRE(store.put_if_absent("a", {}));
        int visits = 0;
        CHECK(code_of([&] {
                  store.list("", [&](const ObjectFacts&) {
                      ++visits;
                      throw Error(ErrorCode::Io, "of the visitor");
                  });
              }) == ErrorCode::Io);
        CHECK(visits == 1);
    });
}

TEST_CASE("what was removed can be put again", "[conformance][store]") {
    for_every_store([](Store& store) {
        REQUIRE(store.put_if_absent("a/b", as_bytes("one")));
        CHECK(store.remove("a/b"));
        CHECK_FALSE(store.remove("a/b"));
        CHECK(store.put_if_absent("a/b", as_bytes("two")));
        CHECK(text_of(store, "a/b") == "two");
    });
}

TEST_CASE("names that could leave the store are refused", "[conformance][store]") {
    for_every_store([](Store& store) {
        for (const std::string name : {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a b", "~uploads/x", "\xc3\xa4"}) {
            INFO(name);
            CHECK(code_of([&] { (void)store.put_if_absent(name, {}); }) == ErrorCode::Usage);
            CHECK(code_of([&] { store.put(name, {}); }) == ErrorCode::Usage);
            CHECK(code_of([&] { (void)store.begin_upload(name); }) == ErrorCode::Usage);
            CHECK(code_of([&] { store.get(name, 1); }) == ErrorCode::Usage);
            CHECK(code_of([&] { store.remove(name); }) == ErrorCode::Usage);
        }
        CHECK(code_of([&] { store.put(std::string(513, 'a'), {}); }) == ErrorCode::Usage);
    });
}

TEST_CASE("of many threads that put one name exactly one wins", "[conformance][store]") {
    for_every_store([](Store& store) {
        std::atomic<int> winners{0};
        {
            std::vector<std::jthread> threads;
            for (int thread = 0; thread < 4; ++thread) {
                threads.emplace_back([&, thread] {
                    for (int round = 0; round < 8; ++round) {
                        const std::string text = std::to_string(thread);
                        if (store.put_if_absent("r/" + std::to_string(round), as_bytes(text))) ++winners;
                        (void)store.look_at("r/0");
                    }
                });
            }
        }
        CHECK(winners == 8);
        CHECK(names_of(store, "r/").size() == 8);
    });
}

TEST_CASE("sweeping leaves committed objects alone", "[conformance][store]") {
    for_every_store([](Store& store) {
        REQUIRE(store.put_if_absent("a", as_bytes("1")));
        CHECK(store.sweep_leftovers(parse_rfc3339("2100-01-01T00:00:00Z").value()) == 0);
        CHECK(text_of(store, "a") == "1");
    });
}
