#include "engine/repository/repositories.hpp"

#include "providers/stores/local/local_store.hpp"
#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

struct PolicyBench {
    TemporaryFolder folder;
    ManualClock clock{"2026-03-01T00:00:00Z"};
    StoreRegistry registry;
    Policy policy;
    std::atomic<int> opened = 0;

    PolicyBench() {
        registry.add("file", [this](const StoreSpec& spec) {
            ++opened;
            return open_local_store(spec);
        });
        for (const std::string name : {"near", "far"}) {
            policy.stores.push_back({.name = StoreName(name), .url = "file://" + (folder / name).string(), .site = {}, .lock = {}});
        }
        write_key(kRawKey);
        policy.encryption.key = {SecretKind::File, (folder / "key").string()};
    }
    void write_key(const std::string& text) {
        fs::remove(folder / "key");
        write_file_durably(folder / "key", as_bytes(text));
    }
    Repositories repositories() { return Repositories(policy, registry, clock, folder / "state"); }
};

const StoreName kNear{"near"}, kFar{"far"};

}  // namespace

TEST_CASE("the repository of a store is made when it is first written to and kept open", "[repository]") {
    PolicyBench bench;
    Repositories repositories = bench.repositories();
    const auto error = error_thrown_by([&] { repositories.of(kNear); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Missing);
    CHECK(error->message.find("near") != std::string::npos);
    CHECK_FALSE(error->hint.empty());
    Repository& made = repositories.of_or_create(kNear);
    CHECK(&repositories.of(kNear) == &made);
    CHECK(&repositories.of_or_create(kNear) == &made);
    CHECK(&repositories.of_or_create(kFar) != &made);
    CHECK(bench.opened == 2);
    const Source source{{"main", 4096, text_pages(20, 1)}};
    const PointManifest point = back_up(made, "shop", source);
    CHECK(fs::exists(bench.folder / "state" / "cache" / "near"));
    Repositories another = bench.repositories();
    CHECK(comes_back(another.of(kNear), point, source));
}

TEST_CASE("a store that the policy does not have, a wrong key and a kind of store that is not built in are named", "[repository]") {
    PolicyBench bench;
    {
        Repositories repositories = bench.repositories();
        CHECK(code_thrown_by([&] { repositories.of(StoreName("moon")); }) == ErrorCode::Usage);
        CHECK(code_thrown_by([&] { repositories.store(StoreName("moon")); }) == ErrorCode::Usage);
        repositories.of_or_create(kNear);
    }
    bench.write_key(std::string(64, '5'));
    Repositories repositories = bench.repositories();
    const auto error = error_thrown_by([&] { repositories.of(kNear); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::WrongKey);
    CHECK(error->message.find("near") != std::string::npos);
    CHECK(std::string(error->what()).find("555") == std::string::npos);
    bench.policy.stores[1].url = "s3://bucket/x";
    CHECK(code_thrown_by([&] { repositories.of(kFar); }) == ErrorCode::Unavailable);
}

TEST_CASE("a key that is not there fails before a repository is made", "[repository]") {
    PolicyBench bench;
    fs::remove(bench.folder / "key");
    Repositories repositories = bench.repositories();
    CHECK(code_thrown_by([&] { repositories.of_or_create(kNear); }).has_value());
    CHECK_FALSE(Repository::exists(repositories.store(kNear)));
    bench.write_key(kRawKey);
    repositories.of_or_create(kNear);
}

TEST_CASE("encryption none needs no key, and a policy that asks for it does not open one without", "[repository]") {
    PolicyBench bench;
    fs::remove(bench.folder / "key");
    bench.policy.encryption.enabled = false;
    const Source source{{"main", 4096, text_pages(20, 1)}};
    {
        Repositories repositories = bench.repositories();
        const PointManifest point = back_up(repositories.of_or_create(kNear), "shop", source);
        CHECK(comes_back(bench.repositories().of(kNear), point, source));
    }
    bench.write_key(kRawKey);
    bench.policy.encryption.enabled = true;
    CHECK(code_thrown_by([&] { bench.repositories().of(kNear); }) == ErrorCode::NotPermitted);
}

TEST_CASE("several threads open one repository once", "[repository]") {
    PolicyBench bench;
    Repositories repositories = bench.repositories();
    std::array<Repository*, 6> found{};
    {
        std::vector<std::jthread> threads;
        for (Repository*& each : found) threads.emplace_back([&] { each = &repositories.of_or_create(kNear); });
    }
    for (Repository* each : found) CHECK(each == found[0]);
    CHECK(bench.opened == 1);
}
