#include "engine/storage/retry_store.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/storage/fault_store.hpp"
#include "tests/support/memory_store.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// A retrying store over a faulty one over memory, and how long it would have slept.
struct Retried {
    FaultScript script;
    std::vector<Duration> waits;
    std::unique_ptr<Store> store = make_retry_store(make_fault_store(std::make_unique<MemoryStore>(), script),
                                                    {.attempts = 4, .first_wait = 100ms, .wait_max = 300ms},
                                                    [this](Duration wait) { waits.push_back(wait); });
};

std::vector<std::string> names_of(Store& store) {
    std::vector<std::string> names;
    store.list("", [&](const ObjectFacts& facts) { names.push_back(facts.name); });
    return names;
}

}  // namespace

TEST_CASE("what may pass is tried again with growing waits", "[storage][retry]") {
    Retried retried;
    retried.store->put("a", as_bytes("1"));
    retried.script.add({.call = StoreCall::Get, .times = 3, .code = ErrorCode::Unavailable});
    CHECK(as_text(retried.store->get("a", 10)) == "1");
    CHECK(retried.waits == std::vector<Duration>{100ms, 200ms, 300ms});
}

TEST_CASE("after the last attempt the failure is told", "[storage][retry]") {
    Retried retried;
    retried.script.add({.call = StoreCall::Put, .times = 4, .code = ErrorCode::Io});
    CHECK_THROWS_AS(retried.store->put("a", {}), Error);
    CHECK(retried.waits.size() == 3);
    CHECK(retried.script.calls(StoreCall::Put) == 4);
}

TEST_CASE("what will not pass is not tried again", "[storage][retry]") {
    for (const ErrorCode code : {ErrorCode::DiskFull, ErrorCode::NotPermitted, ErrorCode::Corrupt, ErrorCode::Missing}) {
        Retried retried;
        retried.script.add({.call = StoreCall::Put, .code = code});
        CHECK_THROWS_AS(retried.store->put("a", {}), Error);
        CHECK(retried.waits.empty());
    }
}

TEST_CASE("a put whose answer got lost has succeeded", "[storage][retry]") {
    Retried retried;
    retried.script.add({.call = StoreCall::PutIfAbsent, .kind = FaultKind::FailAfter});
    CHECK(retried.store->put_if_absent("a", as_bytes("mine")));
}

TEST_CASE("a name that somebody else took meanwhile is taken", "[storage][retry]") {
    Retried retried;
    retried.store->put("a", as_bytes("theirs"));
    retried.script.add({.call = StoreCall::PutIfAbsent});
    CHECK_FALSE(retried.store->put_if_absent("a", as_bytes("mine")));
    CHECK_FALSE(retried.store->put_if_absent("a", as_bytes("theirs")));
}

TEST_CASE("a remove whose answer got lost has removed", "[storage][retry]") {
    Retried retried;
    retried.store->put("a", {});
    retried.script.add({.call = StoreCall::Remove, .kind = FaultKind::FailAfter});
    CHECK(retried.store->remove("a"));
    CHECK_FALSE(retried.store->remove("a"));
}

TEST_CASE("a list that breaks off goes on behind the last name shown", "[storage][retry]") {
    Retried retried;
    for (const char* name : {"a", "b", "c"}) retried.store->put(name, {});
    retried.script.add({.call = StoreCall::List, .kind = FaultKind::FailAfter});
    CHECK(names_of(*retried.store) == std::vector<std::string>{"a", "b", "c"});
}
