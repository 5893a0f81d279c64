// What most tests of the repository need: a store, a clock, a repository in it, and files made of numbers.
#pragma once

#include <catch2/catch.hpp>
#include <random>

#include "engine/repository/image_reader.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/repository/repository.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {

inline constexpr std::uint32_t kPage = 4096;
inline constexpr const char* kRawKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

inline MasterKey raw_key() { return {Secret(std::string_view(kRawKey))}; }

// Text that compresses, different for every seed.
inline Bytes text_pages(std::size_t pages, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string text;
    while (text.size() < pages * kPage) text += "row " + std::to_string(random() % 100000) + " holds some words of text; ";
    text.resize(pages * kPage);
    return to_bytes(as_bytes(text));
}
inline Bytes noise(std::size_t bytes, unsigned seed) {
    std::mt19937_64 random(seed);
    Bytes result(bytes);
    for (std::byte& each : result) each = static_cast<std::byte>(random());
    return result;
}
inline void change_page(Bytes& pages, std::size_t page, unsigned seed) {
    const Bytes fresh = text_pages(1, seed + 1000);
    std::copy(fresh.begin(), fresh.end(), pages.begin() + static_cast<std::ptrdiff_t>(page * kPage));
}

struct Workbench {
    ManualClock clock{"2026-03-01T00:00:00Z"};
    MemoryStore store{clock};
    TemporaryFolder folder;
    NoProgress progress;
    CompressionSpec compression;
    bool use_aes = true;
    unsigned workers = 2;
    std::unique_ptr<Repository> repository;

    explicit Workbench(bool use_aes_ = true) : use_aes(use_aes_) {
        repository = Repository::create(store, key(), options());
    }
    MasterKey key() const { return use_aes ? raw_key() : MasterKey{}; }
    RepositoryOptions options() const { return {.clock = &clock, .cache = folder / "cache", .workers = workers, .use_aes = use_aes}; }
    void reopen() {
        repository.reset();
        repository = Repository::open(store, key(), options());
    }

    static PointFile file(const Bytes& pages, const std::string& name = "main") {
        return {.name = name, .page_bytes = kPage, .bytes = pages.size(), .mode = 0600};
    }
    static ReadPages reading(const Bytes& pages) {
        return [&pages](std::uint64_t first, std::span<std::byte> out) { std::copy_n(pages.begin() + static_cast<std::ptrdiff_t>(first * kPage), out.size(), out.begin()); };
    }
    static ReadBytes streaming(const Bytes& bytes, std::size_t step = 10000) {
        return [&bytes, step, at = std::size_t{0}](std::span<std::byte> out) mutable {
            const std::size_t size = std::min({out.size(), step, bytes.size() - at});
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size, out.begin());
            at += size;
            return size;
        };
    }
    std::unique_ptr<ImageWriter> begin(const std::string& database = "shop", std::optional<PointId> base = {}) {
        return repository->begin_image(DatabaseName(database), compression, base, progress, {});
    }
    PointManifest commit(ImageWriter& writer, BackupKind kind = BackupKind::Full) {
        clock.advance(std::chrono::seconds(1));
        PointManifest manifest;
        manifest.point.kind = kind;
        manifest.identity = "the shop";
        manifest.facts["wal"] = "yes";
        return writer.commit(manifest);
    }
    PointManifest full(const Bytes& pages, const std::string& database = "shop") {
        const auto writer = begin(database);
        writer->add_pages(file(pages), reading(pages));
        totals = writer->totals();
        return commit(*writer);
    }
    PointManifest incremental(const Bytes& pages, const PointId& base, const std::string& database = "shop") {
        const auto writer = begin(database, base);
        writer->add_pages(file(pages), reading(pages));
        totals = writer->totals();
        return commit(*writer, BackupKind::Incremental);
    }
    Bytes restored(const PointManifest& manifest, const std::string& name = "main") {
        const fs::path target = folder / ("restored-" + std::to_string(restores++));
        repository->read_image(manifest.point.database, manifest.point.id)->restore_file(name, target, false, progress, {});
        return read_file(target, 1u << 30);
    }
    std::size_t count(std::string_view prefix) {
        std::size_t found = 0;
        store.list(prefix, [&](const ObjectFacts&) { ++found; });
        return found;
    }
    std::vector<std::string> names(std::string_view prefix) {
        std::vector<std::string> found;
        store.list(prefix, [&](const ObjectFacts& facts) { found.push_back(facts.name); });
        return found;
    }
    void flip(const std::string& object, std::size_t at) {
        Bytes bytes = store.get(object, 1u << 30);
        bytes.at(at) ^= std::byte{1};
        store.put(object, bytes);
    }
    CollectReport collect(Duration grace = std::chrono::hours(24), double repack_below = 0) { return repository->collect(grace, repack_below, progress, {}); }
    VerifyReport verify() { return repository->verify({}, 1.0, progress, {}); }

    ImageTotals totals;
    int restores = 0;
};

}  // namespace holdfast
