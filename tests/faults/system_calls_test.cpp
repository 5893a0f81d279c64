// Reads, writes and syncs that fail as the kernel reports it: injected by strace into the real program.
#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>

#include "engine/base/error.hpp"
#include "tests/support/workshop.hpp"

using namespace holdfast;

namespace {

namespace fs = std::filesystem;

// "pread64:error=EIO:when=3+", for files below `folder` alone.
CommandOptions injecting(const std::string& what, const fs::path& folder) {
    return {.through = {"strace", "-f", "-qqq", "-o", "/dev/null", "-P", folder.string(), "-e", "inject=" + what}};
}

bool can_inject() {
    try {
        const ProcessResult tried = run_process({"strace", "-qqq", "-o", "/dev/null", "-e", "inject=chdir:error=EIO", "true"});
        if (tried.ok()) return true;
    } catch (const Error&) {
        // No strace: as good as one that may not trace.
    }
    std::cout << "SKIPPED: strace is missing or may not trace here\n";
    return false;
}

std::string newest(const Shop& shop) {
    return json_at(shop.must({"catalog", "list", "--format", "json"}), "$.points[0].id");
}

std::size_t point_count(const Shop& shop) {
    return json_rows(shop.must({"catalog", "list", "--format", "json"}), "$.points", {"$.id"}).size();
}

fs::path only_pack(const Shop& shop) {
    for (const auto& entry : fs::recursive_directory_iterator(shop.store() / "packs")) {
        if (entry.is_regular_file()) return entry.path();
    }
    FAIL("no pack");
    return {};
}

}  // namespace

TEST_CASE("a store whose disk cannot be read fails the restore and says so", "[faults]") {
    if (!can_inject()) return;
    const Shop shop({.offsite = false});
    shop.must({"backup", "now", "shop", "--full"});
    const fs::path pack = only_pack(shop);
    const fs::path target = shop.scratch("restored.db");
    const ProcessResult result =
        shop.run({"restore", "shop", "--point", newest(shop), "--to", target.string()}, injecting("pread64:error=EIO:when=1+", pack));
    INFO(result.output << result.errors);
    CHECK(result.exit_status == 74);
    CHECK_FALSE(fs::exists(target));
    shop.must({"restore", "shop", "--to", target.string()});
    CHECK((bytes_of_file(target) == bytes_of_file(shop.database())));
}

TEST_CASE("a database that cannot be read fails the backup and leaves no point", "[faults]") {
    if (!can_inject()) return;
    const Shop shop({.offsite = false});
    const ProcessResult result = shop.run({"backup", "now", "shop", "--full"}, injecting("pread64:error=EIO:when=4+", shop.database()));
    INFO(result.output << result.errors);
    CHECK(result.exit_status != 0);
    CHECK(result.exit_status < 128);
    CHECK(point_count(shop) == 0);
    shop.must({"backup", "now", "shop", "--full"});
    CHECK(shop.run({"catalog", "verify"}).exit_status == 0);
}

TEST_CASE("a sync that fails anywhere means there is no point", "[faults]") {
    if (!can_inject()) return;
    const Shop shop({.offsite = false});
    shop.must({"backup", "now", "shop", "--full"});
    const std::string before = bytes_of_file(shop.database());
    shop.sql("update orders set note = 'changed'");
    for (int passage = 1; passage <= 12; ++passage) {
        const CommandOptions injected{.through = {"strace", "-f", "-qqq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e",
                                                  "inject=fdatasync,fsync:error=EIO:when=" + std::to_string(passage)}};
        const ProcessResult result = shop.run({"backup", "now", "shop", "--full"}, injected);
        INFO("sync " << passage << ": " << result.exit_status << "\n" << result.output << result.errors);
        CHECK(result.exit_status < 128);
        // What is listed can be restored, whatever the command said.
        CHECK(shop.run({"catalog", "verify"}).exit_status == 0);
    }
    shop.must({"backup", "now", "shop", "--full"});
    shop.must({"restore", "shop", "--to", shop.scratch("restored.db").string()});
    CHECK((bytes_of_file(shop.scratch("restored.db")) == bytes_of_file(shop.database())));
}

TEST_CASE("a write that fails anywhere leaves the repository as it was or complete", "[faults]") {
    if (!can_inject()) return;
    const Shop shop({.offsite = false});
    shop.must({"backup", "now", "shop", "--full"});
    shop.sql("update orders set note = 'changed'");
    for (int passage = 1; passage <= 10; ++passage) {
        const ProcessResult result =
            shop.run({"backup", "now", "shop", "--incremental"},
                     {.through = {"strace", "-f", "-qqq", "-o", "/dev/null", "-e", "trace=write,pwrite64,linkat,renameat", "-e",
                                  "inject=pwrite64,linkat,renameat:error=EIO:when=" + std::to_string(passage)}});
        INFO("write " << passage << ": " << result.exit_status << "\n" << result.output << result.errors);
        CHECK(result.exit_status < 128);
        CHECK(shop.run({"catalog", "verify"}).exit_status == 0);
        CHECK(shop.answer("pragma integrity_check") == "ok");
    }
}
