// How fast one repository writes and restores a file of pages: full, incremental after 1 % of the pages
// changed and after one row changed on every fifth page, restore; beside cp followed by fsync.
// Usage: repository_bench FOLDER [MIB [LEVEL]]; FOLDER/source and FOLDER/later, where they are there, are
// what is backed up first and what it has become.
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <random>

#include "engine/base/format.hpp"
#include "engine/repository/image_reader.hpp"
#include "engine/repository/image_writer.hpp"
#include "providers/stores/local/local_store.hpp"

using namespace holdfast;

namespace {

constexpr std::uint32_t kPageBytes = 4096;
constexpr const char* kWords[] = {"order", "customer", "street", "Berlin", "delivered", "returned", "pending", "invoice", "express", "blue",
                                  "a",     "of",       "the",    "with",   "gift",      "wrapped",  "second",  "floor",   "ring",    "twice"};

// A page as a database of orders has it: ids, dates, names, prose.
void fill_page(std::span<std::byte> page, std::mt19937_64& random) {
    std::string text;
    while (text.size() < page.size()) {
        text += fmt::format("{:08x}|2026-{:02}-{:02}|{}|", static_cast<std::uint32_t>(random()), random() % 12 + 1, random() % 28 + 1, random() % 100000);
        for (int i = 0; i < 12; ++i) text += fmt::format("{} ", kWords[random() % std::size(kWords)]);
    }
    std::copy_n(as_bytes(text).begin(), page.size(), page.begin());
}

// User and system time of all threads: says more than the clock on a busy machine.
double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void measure(const char* what, const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    const double processor_before = processor_seconds();
    work();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%-28s %7.2f s   %6.2f s of processor\n", what, seconds, processor_seconds() - processor_before);
}

int number(const char* text) {
    int value = 0;
    std::from_chars(text, text + std::strlen(text), value);
    return value;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 64;
    const fs::path folder = argv[1];
    const std::uint64_t bytes = (argc > 2 ? static_cast<std::uint64_t>(number(argv[2])) : 1024) << 20;
    make_private_folders(folder);
    const fs::path source = folder / "source";
    std::mt19937_64 random(1);
    if (!fs::exists(source)) {
        File file = File::open(source, File::Mode::CreateNew);
        Bytes block(1u << 20);
        for (std::uint64_t at = 0; at < bytes; at += block.size()) {
            for (std::size_t page = 0; page < block.size(); page += kPageBytes) fill_page(std::span(block).subspan(page, kPageBytes), random);
            file.write_at(at, block);
        }
        file.sync();
    }
    const File file = File::open(source, File::Mode::ReadWrite);
    const ReadPages read = [&](std::uint64_t first, std::span<std::byte> out) { file.read_exactly_at(first * kPageBytes, out); };
    const PointFile point_file{.name = "main", .page_bytes = kPageBytes, .bytes = file.size(), .mode = 0600};

    measure("cp + fsync", [&] {
        File copy = File::open(folder / "copy", File::Mode::CreateNew);
        Bytes block(1u << 20);
        for (std::uint64_t at = 0; at < point_file.bytes; at += block.size()) {
            const auto part = std::span(block).first(std::min<std::uint64_t>(block.size(), point_file.bytes - at));
            file.read_exactly_at(at, part);
            copy.write_at(at, part);
        }
        copy.sync();
    });
    fs::remove(folder / "copy");

    const SystemClock clock;
    NoProgress progress;
    const auto store = open_local_store({.name = StoreName("bench"), .url = "file://" + fs::absolute(folder / "store").string(), .site = {}, .lock = {}});
    const auto repository = Repository::create(*store, {Secret(std::string(64, 'a'))}, {.clock = &clock, .cache = folder / "cache", .workers = 0, .use_aes = true});
    CompressionSpec compression;
    if (argc > 3) compression.level = number(argv[3]);
    const auto back_up = [&](const char* what, std::optional<PointId> base, const PointFile& of, const ReadPages& pages) {
        PointManifest point;
        measure(what, [&] {
            const auto writer = repository->begin_image(DatabaseName("bench"), compression, base, progress, {});
            writer->add_pages(of, pages);
            point = writer->commit({});
            const ImageTotals totals = writer->totals();
            std::printf("  changed %.1f MB, stored %.1f MB\n", static_cast<double>(totals.changed_bytes) / 1e6, static_cast<double>(totals.stored_bytes) / 1e6);
        });
        return point;
    };
    const PointManifest full = back_up("full", std::nullopt, point_file, read);
    const auto restore = [&](const PointManifest& point) {
        measure("restore", [&] {
            repository->read_image(DatabaseName("bench"), point.point.id)->restore_file("main", folder / "restored", false, progress, {});
        });
        fs::remove(folder / "restored");
    };
    restore(full);
    if (fs::exists(folder / "later")) {
        const File later = File::open(folder / "later", File::Mode::ReadWrite);
        const ReadPages read_later = [&](std::uint64_t first, std::span<std::byte> out) { later.read_exactly_at(first * kPageBytes, out); };
        const PointFile later_file{.name = "main", .page_bytes = kPageBytes, .bytes = later.size(), .mode = 0600};
        restore(back_up("incremental, what it became", full.point.id, later_file, read_later));
    }
    File writing = File::open(source, File::Mode::ReadWrite);
    Bytes page(kPageBytes);
    for (std::uint64_t i = 0; i < point_file.bytes / kPageBytes / 100; ++i) {
        fill_page(page, random);
        writing.write_at(random() % (point_file.bytes / kPageBytes) * kPageBytes, page);
    }
    const PointManifest incremental = back_up("incremental, 1 % of pages", full.point.id, point_file, read);
    restore(incremental);
    back_up("incremental, nothing", incremental.point.id, point_file, read);
    for (std::uint64_t number = 0; number < point_file.bytes / kPageBytes; number += 5) {
        fill_page(page, random);
        writing.write_at(number * kPageBytes + random() % (kPageBytes - 100), ByteView(page).first(100));
    }
    restore(back_up("incremental, rows", incremental.point.id, point_file, read));
    measure("verify", [&] { std::printf("  sound: %d\n", repository->verify({}, 1.0, progress, {}).ok()); });
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("peak memory %ld MiB\n", usage.ru_maxrss / 1024);
    fs::remove_all(folder / "store");
    fs::remove_all(folder / "cache");
}
