#include "engine/storage/fault_store.hpp"

#include <catch2/catch.hpp>

#include "tests/support/memory_store.hpp"

using namespace holdfast;

namespace {

struct Faulty {
    FaultScript script;
    std::unique_ptr<Store> store = make_fault_store(std::make_unique<MemoryStore>(), script);
};

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

TEST_CASE("a fault strikes at its passage and then no more", "[storage][fault]") {
    Faulty faulty;
    faulty.script.add({.call = StoreCall::Put, .prefix = "packs/", .passage = 2, .code = ErrorCode::DiskFull});
    faulty.store->put("points/1", {});
    faulty.store->put("packs/1", {});
    CHECK(code_of([&] { faulty.store->put("packs/2", {}); }) == ErrorCode::DiskFull);
    CHECK_FALSE(faulty.store->look_at("packs/2"));
    faulty.store->put("packs/2", {});
    CHECK(faulty.script.calls(StoreCall::Put) == 4);
}

TEST_CASE("a fault after the effect leaves the effect", "[storage][fault]") {
    Faulty faulty;
    faulty.script.add({.call = StoreCall::Commit, .kind = FaultKind::FailAfter, .code = ErrorCode::Unavailable});
    const auto upload = faulty.store->begin_upload("a");
    upload->append(as_bytes("1"));
    CHECK(code_of([&] { (void)upload->commit(); }) == ErrorCode::Unavailable);
    CHECK(as_text(faulty.store->get("a", 10)) == "1");
}

TEST_CASE("reads come short or with a flipped bit", "[storage][fault]") {
    Faulty faulty;
    faulty.store->put("a", Bytes(4));
    faulty.script.add({.call = StoreCall::Get, .kind = FaultKind::ShortRead});
    faulty.script.add({.call = StoreCall::Get, .passage = 2, .kind = FaultKind::FlipBit, .bit = 9});
    faulty.script.add({.call = StoreCall::GetRange, .kind = FaultKind::FlipBit, .bit = 0});
    faulty.script.add({.call = StoreCall::GetRange, .passage = 2, .kind = FaultKind::ShortRead});
    CHECK(faulty.store->get("a", 10).size() == 2);
    CHECK(to_hex(faulty.store->get("a", 10)) == "00020000");
    CHECK(to_hex(faulty.store->get("a", 10)) == "00000000");
    Bytes out(2);
    faulty.store->get_range("a", 1, out);
    CHECK(to_hex(out) == "0100");
    CHECK(code_of([&] { faulty.store->get_range("a", 1, out); }) == ErrorCode::Corrupt);
}
