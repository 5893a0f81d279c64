// Killed while a server's archive_command runs: the server calls it again with the same file, and nothing is lost or doubled.
#include "engine/base/file.hpp"
#include "tests/crash/scenario.hpp"
#include "tests/support/wal_builder.hpp"

using namespace holdfast;

namespace {

const std::string kSegment = "000000010000000000000010";

std::filesystem::path segment(const Shop& shop) { return shop.folder() / "pg_wal" / kSegment; }
std::vector<std::string> push(const Shop& shop) { return {"wal", "push", segment(shop).string()}; }

void add_server(Shop& shop) {
    const auto path = shop.folder() / "policies/shop.yaml";
    std::string text = bytes_of_file(path);
    const std::string before = "databases:\n";
    text.insert(text.find(before) + before.size(), "  erp: { engine: postgres, environment: small, policy: often, connection: \"service=erp\" }\n");
    write_file_durably(path, as_bytes(text));
    WalBuilder wal;
    wal.commit(700, 1'774'785'600'000'000);
    wal.switch_segment();
    std::filesystem::create_directories(segment(shop).parent_path());
    write_file_durably(segment(shop), wal.bytes());
}

void push_again(const Shop& shop) {
    shop.must(push(shop));
    CHECK(shop.must(push(shop)).find("it was in the repository already") != std::string::npos);
    const auto fetched = shop.scratch("fetched");
    shop.must({"wal", "fetch", kSegment, fetched.string()});
    CHECK(bytes_of_file(fetched) == bytes_of_file(segment(shop)));
    CHECK(shop.run({"wal", "fetch", "000000010000000000000011", fetched.string()}).exit_status == 1);
    check_whole(shop, {});
}

Scenario archiving() {
    return {.name = "archiving a segment of a server's log",
            .prepare = add_server,
            .command = push,
            .points = {"repository.wal.put.before", "repository.wal.put.after", "local_store.put.before", "local_store.put.after"},
            .passages_max = 4,
            .finish = push_again};
}

}  // namespace

std::vector<Scenario> holdfast::wal_scenarios() { return {archiving()}; }

TEST_CASE("a segment whose archiving is killed anywhere is archived by the next call", "[crash][wal]") { play(archiving()); }

TEST_CASE("a server that recovers is told to stop where the repository cannot be read", "[crash][wal]") {
    Shop shop;
    add_server(shop);
    shop.must(push(shop));
    CommandOptions other_key;
    other_key.environment["BACKUP_ENCRYPTION_KEY"] = std::string(64, '1');
    CHECK(shop.run({"wal", "fetch", kSegment, shop.scratch("fetched").string()}, other_key).exit_status == 126);
}
