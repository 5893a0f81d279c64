// A disk that is full, on a small file system of its own.
#include <sched.h>
#include <sys/mount.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>

#include "tests/support/workshop.hpp"

using namespace holdfast;

namespace {

namespace fs = std::filesystem;

// A tmpfs at a folder, seen by this process and its children alone. What was in the folder is copied in.
class SmallDisk {
public:
    SmallDisk(const fs::path& folder, const std::string& size, const fs::path& scratch) : folder_(folder) {
        if (::unshare(CLONE_NEWNS) != 0) return;
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
        fs::create_directories(folder);
        fs::copy(folder, scratch, fs::copy_options::recursive);
        mounted_ = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("mode=0700,size=" + size).c_str()) == 0;
        if (mounted_) fs::copy(scratch, folder, fs::copy_options::recursive);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
    }
    bool is_there() const { return mounted_; }
    void grow(const std::string& size) { REQUIRE(::mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT, ("size=" + size).c_str()) == 0); }

private:
    fs::path folder_;
    bool mounted_ = false;
};

bool skipped(const SmallDisk& disk) {
    if (!disk.is_there()) std::cout << "SKIPPED: mounting a small file system needs root\n";
    return !disk.is_there();
}

std::size_t files_below(const fs::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) ++count;
    }
    return count;
}

std::vector<std::string> ids_of(const Shop& shop) {
    std::vector<std::string> ids;
    for (const auto& row : json_rows(shop.must({"catalog", "list", "--format", "json"}), "$.points", {"$.id"})) ids.push_back(row[0]);
    return ids;
}

// Grows a database by what does not compress.
void grow(const Shop& shop, int megabytes) {
    shop.sql("create table if not exists noise (bytes blob); with recursive n(i) as (select 1 union all select i + 1 from n where i < " +
             std::to_string(megabytes * 16) + ") insert into noise select randomblob(65536) from n");
}

}  // namespace

TEST_CASE("a store that is full stops the backup and loses nothing", "[faults]") {
    const Shop shop({.offsite = false});
    shop.must({"backup", "now", "shop", "--full"});
    SmallDisk disk(shop.store(), "2m", shop.scratch("store-before"));
    if (skipped(disk)) return;
    const std::string before = bytes_of_file(shop.database());
    const std::size_t files = files_below(shop.store());
    grow(shop, 8);

    const ProcessResult result = shop.run({"backup", "now", "shop", "--full"});
    INFO(result.output << result.errors);
    CHECK(result.exit_status == 74);
    CHECK(result.errors.find("No space left") != std::string::npos);
    // Packs that were complete may stay for the next attempt; half a pack never does, nor does a point.
    CHECK(files_below(shop.store() / "~uploads") == 0);
    CHECK(files_below(shop.store()) < files + 20);
    CHECK(ids_of(shop).size() == 1);
    CHECK(shop.run({"catalog", "verify"}).exit_status == 0);
    shop.must({"restore", "shop", "--to", shop.scratch("restored.db").string()});
    CHECK((bytes_of_file(shop.scratch("restored.db")) == before));

    // Once there is room, the same command does it.
    disk.grow("64m");
    shop.must({"backup", "now", "shop", "--full"});
    CHECK(ids_of(shop).size() == 2);
    CHECK(shop.run({"catalog", "verify"}).exit_status == 0);
}

TEST_CASE("a full disk under the catalog loses no point", "[faults]") {
    const Shop shop({.offsite = false});
    shop.must({"backup", "now", "shop", "--full"});
    SmallDisk disk(shop.state(), "600k", shop.scratch("state-before"));
    if (skipped(disk)) return;
    // Fill what is left.
    std::error_code ignored;
    fs::copy_file("/dev/zero", shop.state() / "filler", ignored);
    shop.run({"backup", "now", "shop", "--full"}, {.through = {}});
    fs::remove(shop.state() / "filler", ignored);
    disk.grow("64m");
    shop.must({"backup", "now", "shop", "--full"});
    CHECK(ids_of(shop).size() >= 2);
    CHECK(shop.run({"catalog", "verify"}).exit_status == 0);
    CHECK(shop.run({"audit", "verify"}).exit_status == 0);
}

TEST_CASE("a restore to a full disk leaves nothing under its name", "[faults]") {
    const Shop shop({.offsite = false});
    grow(shop, 8);
    shop.must({"backup", "now", "shop", "--full"});
    SmallDisk disk(shop.scratch("target"), "2m", shop.scratch("target-before"));
    if (skipped(disk)) return;
    const ProcessResult result = shop.run({"restore", "shop", "--to", (shop.scratch("target") / "shop.db").string()});
    INFO(result.output << result.errors);
    CHECK(result.exit_status == 74);
    CHECK_FALSE(fs::exists(shop.scratch("target") / "shop.db"));
    disk.grow("64m");
    shop.must({"restore", "shop", "--to", (shop.scratch("target") / "shop.db").string()});
    CHECK((bytes_of_file(shop.scratch("target") / "shop.db") == bytes_of_file(shop.database())));
}
