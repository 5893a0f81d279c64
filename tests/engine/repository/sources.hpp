// Backups of several files at once and how they are compared with what comes back; and a repository of
// small chunks and packs, so that little data makes many of them.
#pragma once

#include "engine/repository/keyring.hpp"
#include "engine/repository/settings.hpp"
#include "tests/engine/repository/workbench.hpp"

namespace holdfast {

// One file of a backup; page_bytes 0: a stream.
struct SourceFile {
    std::string name;
    std::uint32_t page_bytes = 0;
    Bytes bytes;
    std::uint32_t mode = 0600;
};
using Source = std::vector<SourceFile>;

inline PointFile point_file(const SourceFile& file) {
    return {.name = file.name, .page_bytes = file.page_bytes, .bytes = file.page_bytes == 0 ? 0 : file.bytes.size(), .mode = file.mode};
}
inline ReadPages pages_of(const SourceFile& file) {
    return [&file](std::uint64_t first, std::span<std::byte> out) {
        std::copy_n(file.bytes.begin() + static_cast<std::ptrdiff_t>(first * file.page_bytes), out.size(), out.begin());
    };
}
inline void add_all(ImageWriter& writer, const Source& source) {
    for (const SourceFile& file : source) {
        if (file.page_bytes != 0) writer.add_pages(point_file(file), pages_of(file));
        else writer.add_bytes(point_file(file), Workbench::streaming(file.bytes, 7001));
    }
}
inline PointManifest back_up(Repository& repository, const std::string& database, const Source& source, std::optional<PointId> base = {}) {
    NoProgress progress;
    const auto writer = repository.begin_image(DatabaseName(database), {}, base, progress, {});
    add_all(*writer, source);
    PointManifest manifest;
    manifest.point.kind = base ? BackupKind::Incremental : BackupKind::Full;
    return writer->commit(manifest);
}

// What a point gives back, by random access: without files in between, so it is quick.
inline Source read_back(Repository& repository, const DatabaseName& database, const PointId& point) {
    const auto reader = repository.read_image(database, point);
    Source source;
    for (const PointFile& file : reader->manifest().files) {
        SourceFile& into = source.emplace_back(SourceFile{file.name, file.page_bytes, Bytes(file.bytes), file.mode});
        reader->read_at(file.name, 0, into.bytes);
    }
    return source;
}
inline bool operator==(const SourceFile& a, const SourceFile& b) {
    return a.name == b.name && a.page_bytes == b.page_bytes && a.mode == b.mode && a.bytes == b.bytes;
}
inline bool comes_back(Repository& repository, const PointManifest& point, const Source& source) {
    return read_back(repository, point.point.database, point.point.id) == source;
}

inline std::unique_ptr<Keyring> keys_in(Store& store) {
    return Keyring::open(store, parse_settings(as_text(store.get("repository.json", 4096))), raw_key());
}

// A repository with extents of 64 KiB, stream chunks of 16 KiB and packs of 64 KiB.
inline void make_small_repository(Store& store, const Clock& clock) {
    const RepositorySettings settings{.id = "01jznk8w3xq5m9c2v7b4h6t0ra",
                                      .created = clock.now(),
                                      .suite = Suite::Aes256Gcm,
                                      .extent_bytes = 64u << 10,
                                      .stream_chunk_bytes = 16u << 10,
                                      .pack_bytes = 64u << 10};
    Keyring::create(store, settings, raw_key(), clock.now());
    if (!store.put_if_absent("repository.json", as_bytes(to_json(settings)))) throw Error(ErrorCode::AlreadyExists, "a repository");
}

// As Workbench, without a repository of its own: any number of programs may open the one in the store.
struct SmallBench {
    ManualClock clock{"2026-03-01T00:00:00Z"};
    MemoryStore store{clock};
    TemporaryFolder folder;
    NoProgress progress;
    std::unique_ptr<Repository> repository;

    SmallBench() {
        make_small_repository(store, clock);
        repository = open(store);
    }
    // One worker has everything in a certain order.
    std::unique_ptr<Repository> open(Store& through, unsigned workers = 2) {
        return Repository::open(through, raw_key(), {.clock = &clock, .cache = folder / "cache", .workers = workers, .use_aes = true});
    }
    CollectReport collect(Duration grace, double repack_below = 0) { return repository->collect(grace, repack_below, progress, {}); }
    VerifyReport verify() { return repository->verify({}, 1.0, progress, {}); }
    std::vector<std::string> names(std::string_view prefix) {
        std::vector<std::string> found;
        store.list(prefix, [&](const ObjectFacts& facts) { found.push_back(facts.name); });
        return found;
    }
    std::uint64_t bytes_below(std::string_view prefix) {
        std::uint64_t bytes = 0;
        store.list(prefix, [&](const ObjectFacts& facts) { bytes += facts.bytes; });
        return bytes;
    }
    void flip(const std::string& object, std::size_t at) {
        Bytes bytes = store.get(object, 1u << 30);
        bytes.at(at) ^= std::byte{1};
        store.put(object, bytes);
    }
};

}  // namespace holdfast
