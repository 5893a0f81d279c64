#include "engine/storage/read_only_store.hpp"

#include <catch2/catch.hpp>

#include "tests/support/memory_store.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("nothing but leases can be changed in a read-only store", "[storage]") {
    auto inner = std::make_unique<MemoryStore>();
    const Bytes bytes(3);
    REQUIRE(inner->put_if_absent("points/a", bytes));
    const auto store = make_read_only_store(std::move(inner), "locks/", "a drill changes nothing in it");
    CHECK(store->get("points/a", 100) == bytes);
    CHECK(store->look_at("points/a").has_value());
    CHECK(code_thrown_by([&] { store->put("points/a", bytes); }) == ErrorCode::NotPermitted);
    CHECK(code_thrown_by([&] { (void)store->put_if_absent("points/b", bytes); }) == ErrorCode::NotPermitted);
    CHECK(code_thrown_by([&] { store->begin_upload("packs/b"); }) == ErrorCode::NotPermitted);
    CHECK(code_thrown_by([&] { store->remove("points/a"); }) == ErrorCode::NotPermitted);
    CHECK(store->put_if_absent("locks/a", bytes));
    CHECK(store->remove("locks/a"));
    CHECK(error_thrown_by([&] { store->remove("points/a"); })->message.find("points/a would be changed in") == 0);
    CHECK(store->look_at("points/a").has_value());
}
