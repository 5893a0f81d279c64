// A flipped bit anywhere in the repository: verify names it, and what it touches cannot be restored wrong.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/workshop.hpp"

using namespace holdfast;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFlipsOfEach = 14;

ShopOptions one_small_store() { return {.orders = 60, .offsite = false}; }

void flip(const fs::path& file, std::size_t at, unsigned bit) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const int before = stream.get();
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(before ^ (1 << bit)));
    REQUIRE(stream.flush());
}

std::vector<fs::path> files_of(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

struct PointRow { std::string id, bytes; };

std::vector<PointRow> restored_points(const Shop& shop) {
    std::vector<PointRow> rows;
    for (const auto& row : json_rows(shop.must({"catalog", "list", "--format", "json"}), "$.points", {"$.id"})) {
        const fs::path target = shop.scratch("whole.db");
        fs::remove(target);
        shop.must({"restore", "shop", "--point", row[0], "--to", target.string()});
        rows.push_back({.id = row[0], .bytes = bytes_of_file(target)});
    }
    return rows;
}

// Nothing wrong is restored: either the very bytes, or nothing under that name.
void check_restores(const Shop& shop, const std::vector<PointRow>& points) {
    for (const PointRow& point : points) {
        const fs::path target = shop.scratch("tried.db");
        fs::remove(target);
        const ProcessResult result = shop.run({"restore", "shop", "--point", point.id, "--to", target.string()});
        INFO("restore " << point.id << ": " << result.exit_status << " " << result.errors);
        CHECK(result.exit_status < 128);
        if (result.ok()) CHECK((bytes_of_file(target) == point.bytes));
        else CHECK_FALSE(fs::exists(target));
    }
}

}  // namespace

TEST_CASE("one flipped bit in any object is detected and nothing wrong is restored", "[faults]") {
    Shop shop(one_small_store());
    shop.must({"backup", "now", "shop", "--full"});
    shop.sql("update orders set note = 'changed' where id = 7");
    shop.must({"backup", "now", "shop", "--incremental"});
    const std::vector<PointRow> points = restored_points(shop);
    REQUIRE(points.size() == 2);
    REQUIRE(shop.run({"catalog", "verify"}).exit_status == 0);

    for (const fs::path& file : files_of(shop.store())) {
        if (file.string().find("/locks/") != std::string::npos) continue;   // Leases that have ended hold nothing.
        const std::size_t size = fs::file_size(file);
        const std::size_t step = std::max<std::size_t>(1, size / kFlipsOfEach);
        for (std::size_t at = 0; at < size; at += step) {
            const unsigned bit = static_cast<unsigned>(at / step) % 8;
            INFO(fs::relative(file, shop.store()).string() << ", byte " << at << " of " << size << ", bit " << bit);
            flip(file, at, bit);
            const ProcessResult verified = shop.run({"catalog", "verify"});
            INFO(verified.output << verified.errors);
            CHECK(verified.exit_status != 0);
            CHECK(verified.exit_status < 128);
            check_restores(shop, points);
            flip(file, at, bit);
        }
        const std::size_t last = size - 1;
        INFO(fs::relative(file, shop.store()).string() << ", last byte");
        flip(file, last, 7);
        CHECK(shop.run({"catalog", "verify"}).exit_status != 0);
        flip(file, last, 7);
    }
    // Everything was put back as it was: sound again.
    const ProcessResult verified = shop.run({"catalog", "verify"});
    INFO(verified.output << verified.errors);
    CHECK(verified.exit_status == 0);
}

TEST_CASE("an object that is cut short or gone is detected", "[faults]") {
    Shop shop(one_small_store());
    shop.must({"backup", "now", "shop", "--full"});
    const std::vector<PointRow> points = restored_points(shop);
    shop.save();
    for (const fs::path& file : files_of(shop.store())) {
        if (file.string().find("/locks/") != std::string::npos) continue;
        for (const bool gone : {false, true}) {
            INFO(fs::relative(file, shop.store()).string() << (gone ? " is gone" : " is cut short"));
            shop.restore_saved();
            if (gone) fs::remove(file);
            else fs::resize_file(file, fs::file_size(file) / 2);
            const ProcessResult verified = shop.run({"catalog", "verify"});
            INFO(verified.exit_status << verified.output << verified.errors);
            // An index only speeds up what the packs tell themselves.
            const bool is_index = file.string().find("/index") != std::string::npos;
            if (!(gone && is_index)) CHECK(verified.exit_status != 0);
            check_restores(shop, points);
        }
    }
}
