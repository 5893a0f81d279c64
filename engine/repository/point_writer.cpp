#include "engine/repository/point_writer.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/repository/usage.hpp"

namespace holdfast {
namespace {

// So many packs wait at most for being listed in an index object: bounds what a backup of any size keeps in memory.
constexpr std::size_t kUnlistedPacksMax = 64;

}  // namespace

PointWriter::PointWriter(const SessionPlace& place, const CompressionSpec& compression, const std::optional<PointId>& base, Progress& progress,
                         CancelToken cancel)
    : session_(place, base),
      progress_(progress),
      cancel_(std::move(cancel)),
      started_(place.clock->now()),
      sink_(*place.store, *place.keys, place.keys->writing_key(place.database)),
      chunks_({place.keys, &session_.index(), &session_.numbers(), &sink_}, compression, place.workers, cancel_),
      pages_(chunks_, *place.keys, place.workers, progress, cancel_) {
    if (place.cache.empty()) return;
    try {
        fingerprints_ = std::make_unique<FingerprintFileWriter>(place.cache, place.keys->cache_key());
    } catch (const Error& error) {
        log_warning("fingerprints are not kept: {}", error.message);
    }
}

PointWriter::AddedFile* PointWriter::added(const std::string& name) {
    for (AddedFile& file : files_) {
        if (file.file.name == name) return &file;
    }
    return nullptr;
}

void PointWriter::begin(const PointFile& file) {
    HOLDFAST_CHECK(!committed_ && !file.name.empty());
    throw_if_cancelled(cancel_);
    progress_.begin(fmt::format("backing up {}", file.name), file.bytes);
}

// Where the base has the file with the same pages, only what differs from it is stored.
void PointWriter::take_from_base(const PointFile& file, PageInput& input) {
    SessionBase* base = session_.base();
    if (base == nullptr) return;
    const auto map = base->maps.find(file.name);
    const auto& files = base->manifest.files;
    const auto in_base = std::ranges::find(files, file.name, &PointFile::name);
    if (map == base->maps.end() || in_base->page_bytes != file.page_bytes) return;
    FingerprintFile* fingerprints = session_.base_fingerprints(progress_, cancel_);
    const FingerprintSection* section = fingerprints == nullptr ? nullptr : fingerprints->section(file.name);
    const bool sound = section != nullptr && section->page_bytes == file.page_bytes && section->pages == map->second.pages();
    input.base = &map->second;
    if (!sound) return;
    input.base_fingerprints = [fingerprints, section](std::uint64_t first, std::span<Fingerprint> out) {
        return fingerprints->read(*section, first, out);
    };
}

void PointWriter::add_pages(const PointFile& file, const ReadPages& read) {
    HOLDFAST_CHECK(added(file.name) == nullptr);
    PageInput input;
    input.file = file;
    input.read = &read;
    take_from_base(file, input);
    if (input.base != nullptr && !input.base_fingerprints) input.base = nullptr;   // Nothing to compare with: whole extents then.
    begin(file);
    take_pages(std::move(input));
}

void PointWriter::add_changed_pages(const PointFile& file, const ReadPages& read, const std::vector<PageRun>& changed) {
    HOLDFAST_CHECK(added(file.name) == nullptr);
    PageInput input;
    input.file = file;
    input.read = &read;
    input.changed = &changed;
    take_from_base(file, input);
    HOLDFAST_CHECK(input.base != nullptr && std::ranges::is_sorted(changed, {}, &PageRun::first));
    begin(file);
    take_pages(std::move(input));
}

void PointWriter::refresh_pages(const PointFile& file, const ReadPages& read) {
    AddedFile* before = added(file.name);
    HOLDFAST_CHECK(before != nullptr && before->file.page_bytes == file.page_bytes);
    const PageMap first_pass = before->map.pages;
    PageInput input;
    input.file = file;
    input.read = &read;
    if (const FingerprintSection* known = fingerprints_ ? fingerprints_->section(file.name) : nullptr) {
        input.base = &first_pass;
        input.base_fingerprints = [this, section = *known](std::uint64_t first, std::span<Fingerprint> out) {
            return fingerprints_->read_back(section, first, out);
        };
    }
    begin(file);
    take_pages(std::move(input));
}

void PointWriter::take_pages(PageInput input) {
    input.fingerprints = fingerprints_.get();
    const std::size_t page_bytes = input.file.page_bytes;
    StoredRoots* roots = page_bytes < kDeltaPageBytesLeast || page_bytes > kDeltaPageBytesMax ? nullptr : session_.base_roots(input.file.name);
    if (roots != nullptr && roots->page_bytes() == page_bytes) {
        input.roots = {.pages = roots,
                       .number_of = [this](const PackId& pack) { return session_.number_of_base(pack); },
                       .id_of = [this](std::uint32_t number) { return session_.numbers().at(number).id; }};
    }
    PageOutput output;
    try {
        output = pages_.take(input);
    } catch (const fs::filesystem_error& error) {
        throw Error(ErrorCode::Io, error.what());
    }
    progress_.end();
    read_bytes_ += output.read_bytes;
    changed_bytes_ += output.changed_bytes;
    if (!output.fingerprints_whole) fingerprints_.reset();
    for (const DeltaBases::Chunk& chunk : output.bases.chunks()) bases_.add(chunk.pack, chunk.entry, output.bases.bases(chunk));
    bases_.sort();
    AddedFile* known = added(input.file.name);
    if (known == nullptr) known = &files_.emplace_back();
    *known = {input.file, {std::move(output.map), {}}};
    write_index_of(kUnlistedPacksMax);
}

void PointWriter::add_bytes(const PointFile& file, const ReadBytes& read) {
    HOLDFAST_CHECK(added(file.name) == nullptr && file.page_bytes == 0);
    begin(file);
    chunks_.forget_places();
    const Keyring& keys = *session_.place().keys;
    const StreamCutter cutter(keys.cutting_key(), keys.settings().stream_chunk_bytes);
    AddedFile added_file{file, {}};
    added_file.file.bytes = 0;
    std::vector<std::uint32_t> lengths;
    Bytes window(cutter.bytes_max() * 2);
    std::size_t begin_at = 0, end_at = 0;
    bool ended = false;
    while (true) {
        while (!ended && end_at - begin_at < cutter.bytes_max()) {
            if (begin_at > 0) {
                std::memmove(window.data(), window.data() + begin_at, end_at - begin_at);
                end_at -= std::exchange(begin_at, 0);
            }
            const std::size_t got = read(std::span(window).subspan(end_at));
            ended = got == 0;
            end_at += got;
            progress_.advance(got);
        }
        if (begin_at == end_at) break;
        const std::size_t size = cutter.cut(ByteView(window).subspan(begin_at, end_at - begin_at));
        Buffer chunk = chunks_.buffers().take();
        std::memcpy(chunk.get(), window.data() + begin_at, size);
        chunks_.submit(std::move(chunk), size);
        lengths.push_back(static_cast<std::uint32_t>(size));
        begin_at += size;
        added_file.file.bytes += size;
    }
    chunks_.drain();
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        const ChunkPlace& place = chunks_.places()[i];
        added_file.map.pieces.push_back({place.pack, place.entry, lengths[i]});
    }
    read_bytes_ += added_file.file.bytes;
    changed_bytes_ += added_file.file.bytes;
    files_.push_back(std::move(added_file));
    progress_.end();
    write_index_of(kUnlistedPacksMax);
}

ImageTotals PointWriter::totals() const {
    return {.read_bytes = read_bytes_,
            .changed_bytes = changed_bytes_,
            .stored_bytes = sink_.stored_bytes(),
            .deduplicated_bytes = chunks_.deduplicated_bytes()};
}

bool PointWriter::is_as_base() const {
    if (!has_base() || changed_bytes_ != 0) return false;
    const std::vector<PointFile>& before = session_.base()->manifest.files;
    return std::ranges::equal(files_, before, {}, [](const AddedFile& added) { return std::tie(added.file.name, added.file.page_bytes, added.file.bytes); },
                              [](const PointFile& file) { return std::tie(file.name, file.page_bytes, file.bytes); });
}

// Lists the packs that are durable by now, once there are enough of them.
void PointWriter::write_index_of(std::size_t packs_least) {
    for (PackContents& pack : sink_.take_durable()) unlisted_.push_back(std::move(pack));
    if (unlisted_.size() < packs_least || unlisted_.empty()) return;
    put_index(*session_.place().store, session_.place().keys->sealing(), unlisted_);
    unlisted_.clear();
}

PointManifest PointWriter::commit(PointManifest manifest) {
    HOLDFAST_CHECK(!committed_);
    throw_if_cancelled(cancel_);
    sink_.finish();
    write_index_of(1);
    fill_in(manifest);
    list_point(manifest);
    committed_ = true;
    keep_fingerprints(manifest.point.id);
    session_.end_lease();
    return manifest;
}

void PointWriter::fill_in(PointManifest& manifest) const {
    const SessionPlace& place = session_.place();
    RecoveryPoint& point = manifest.point;
    const Instant now = place.clock->now();
    if (point.id.empty()) point.id = PointId(new_ulid(to_millis(std::max(now, point.instant))));
    point.database = place.database;
    point.copies.clear();
    if (point.started == Instant{}) point.started = started_;
    if (point.instant == Instant{}) point.instant = point.started;
    if (point.finished == Instant{}) point.finished = now;
    if (point.read_bytes == 0) point.read_bytes = read_bytes_;
    point.stored_bytes = sink_.stored_bytes();
    manifest.files.clear();
    std::uint64_t bytes = 0;
    for (const AddedFile& file : files_) {
        manifest.files.push_back(file.file);
        bytes += file.file.bytes;
    }
    if (point.source_bytes == 0) point.source_bytes = bytes;
    if (!manifest.base && session_.base() != nullptr) manifest.base = session_.base()->id;
}

// The packs that the files need, numbered from 0 in the order of their first use.
PointMap PointWriter::point_map() {
    PointMap map;
    std::unordered_map<std::uint32_t, std::uint32_t> numbers;
    const auto number_of = [&](std::uint32_t pack) {
        const auto [found, is_new] = numbers.try_emplace(pack, static_cast<std::uint32_t>(map.packs.size()));
        if (is_new) {
            const PackOwner owner = session_.numbers().at(pack);
            const bool foreign = session_.place().keys->database_of(owner.owner) != session_.place().database;
            auto key = foreign ? session_.place().keys->pack_key(owner.owner, owner.id) : std::nullopt;
            if (foreign && !key) {
                throw Error(ErrorCode::Changed, "the data key of a database that shares content with this one was destroyed while the backup ran",
                            "Run the backup again.");
            }
            map.packs.push_back({.id = owner.id, .owner = owner.owner, .key = std::move(key), .added = session_.is_new_pack(pack)});
        }
        return found->second;
    };
    for (const AddedFile& file : files_) {
        FileMap& ours = map.files.emplace_back();
        for (MapRun run : file.map.pages.runs()) {
            if (run.kind == MapRun::Kind::Stored) run.pack = number_of(run.pack);
            ours.pages.append(run);
        }
        for (StreamPiece piece : file.map.pieces) {
            piece.pack = number_of(piece.pack);
            ours.pieces.push_back(piece);
        }
    }
    const DeltaBases bases = bases_of_files();
    std::vector<BaseRun> runs;
    for (const DeltaBases::Chunk& chunk : bases.chunks()) {
        runs.clear();
        for (const BaseRun& run : bases.bases(chunk)) runs.push_back({number_of(run.pack), run.first, run.count});
        map.bases.add(number_of(chunk.pack), chunk.entry, runs);
    }
    map.bases.sort();
    return map;
}

// Of every chunk of deltas that a file's pages are in, written now or by an earlier backup.
DeltaBases PointWriter::bases_of_files() const {
    DeltaBases needed;
    const SessionBase* base = session_.base();
    if (bases_.empty() && (base == nullptr || base->bases.empty())) return needed;
    for (const AddedFile& file : files_) {
        if (file.file.page_bytes == 0) continue;
        const std::uint64_t per_chunk = pages_per_chunk(session_.place().keys->settings().extent_bytes, file.file.page_bytes);
        std::uint64_t last = ~std::uint64_t{0};
        each_entry(file.map, per_chunk, [&](std::uint32_t pack, std::uint32_t entry) {
            const std::uint64_t here = std::uint64_t{pack} << 32 | entry;
            if (here == last) return;
            std::span<const BaseRun> bases = bases_.of(pack, entry);
            if (bases.empty() && base != nullptr) bases = base->bases.of(pack, entry);
            if (bases.empty()) return;
            last = here;
            needed.add(pack, entry, bases);
        });
    }
    needed.sort();
    return needed;
}

void PointWriter::list_point(const PointManifest& manifest) {
    const SessionPlace& place = session_.place();
    place.keys->reload();   // Destroyed meanwhile? Then seal_point() refuses.
    const PointMap map = point_map();
    const Bytes object = seal_point(*place.keys, sink_.owner(), manifest, map);
    session_.lease().require_valid();
    const std::string name = point_object(manifest.point.database, manifest.point.id);
    fault_point("repository.point.before");
    if (!place.store->put_if_absent(name, object)) {
        throw Error(ErrorCode::AlreadyExists, fmt::format("recovery point {} is in the repository already", manifest.point.id.str()));
    }
    fault_point("repository.point.after");
    try {
        // From here on the point itself protects its packs. Between the check above and now the lease may have run out,
        // and where the clocks of two machines differ by more than they may, a collection may not have waited.
        session_.lease().require_valid();
        session_.require_packs(map);
    } catch (const Error&) {
        place.store->remove(name);
        throw;
    }
}

void PointWriter::keep_fingerprints(const PointId& point) {
    if (!fingerprints_) return;
    try {
        fingerprints_->finish(point);
        std::vector<PointId> keep{point};
        if (session_.base() != nullptr) keep.push_back(session_.base()->id);
        prune_fingerprints(session_.place().cache, keep);
    } catch (const std::exception& error) {   // It is only a cache: the point is committed.
        log_warning("fingerprints are not kept: {}", error.what());
    }
}

}  // namespace holdfast
