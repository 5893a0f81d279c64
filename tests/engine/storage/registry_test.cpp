#include "engine/storage/registry.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "tests/support/memory_store.hpp"

using namespace holdfast;

namespace {

StoreSpec spec(const std::string& url) {
    return {.name = StoreName("offsite"), .url = url, .site = {}, .lock = std::nullopt};
}

}  // namespace

TEST_CASE("a registered kind of store is opened", "[storage][registry]") {
    StoreRegistry registry;
    std::string seen;
    registry.add("mem", [&](const StoreSpec& given) {
        seen = given.url;
        return std::make_unique<MemoryStore>();
    });
    CHECK(registry.has("mem://x"));
    CHECK(registry.open(spec("mem://x"))->traits().description == "memory");
    CHECK(seen == "mem://x");
}

TEST_CASE("an unknown kind of store is named together with those there are", "[storage][registry]") {
    StoreRegistry registry;
    registry.add("file", [](const StoreSpec&) { return std::make_unique<MemoryStore>(); });
    CHECK_FALSE(registry.has("s3://bucket"));
    try {
        registry.open(spec("s3://bucket"));
        FAIL("opened");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Unavailable);
        CHECK(error.message == "store offsite is at \"s3://bucket\": this build has no stores of the kind \"s3\"");
        CHECK(error.hint == "This build has: file.");
    }
}

TEST_CASE("a scheme is what stands before the slashes", "[storage][registry]") {
    CHECK(scheme_of("s3://bucket/x") == "s3");
    CHECK(scheme_of("/srv/backups").empty());
    CHECK(scheme_of("").empty());
}
