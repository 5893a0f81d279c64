#include "engine/repository/write_session.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kRebuildBytes = 1u << 20;

}  // namespace

WriteSession::WriteSession(const SessionPlace& place, const std::optional<PointId>& base) : place_(place) {
    lease_ = std::make_unique<Lease>(lease_place(), LeaseKind::Writer, "backup of " + place.database.str());
    const std::map<PackId, std::uint64_t> packs = list_packs(*place_.store);
    relocations_ = read_relocations(*place_.store, place_.keys->sealing(), nullptr, [](const std::string& object, const std::string& what) {
        // What it says was moved counts as not there: it is read and stored again.
        log_warning("{} is damaged ({})", object, what);
    });
    for (const auto& [pack, at] : read_marks(lease_place())) marked_.insert(pack);
    marked_.merge(read_damaged_packs(*place_.store));
    load_index(packs);
    if (base) load_base(*base, packs);
    first_new_pack_ = numbers_.size();
}

// Only chunks that can be relied on: their pack is there in full, its key too, and nobody is about to remove it.
void WriteSession::load_index(const std::map<PackId, std::uint64_t>& packs) {
    const auto add = [&](const PackContents& pack) {
        const auto there = packs.find(pack.id);
        if (there == packs.end() || there->second != pack.bytes || marked_.contains(pack.id) || !place_.keys->database_of(pack.owner)) return;
        const std::uint32_t number = numbers_.number_of(pack.id, pack.owner);
        for (std::uint32_t i = 0; i < pack.entries.size(); ++i) {
            if (pack.entries[i].kind == EntryKind::Plain) index_.insert(pack.entries[i].identity, {number, i});
        }
    };
    read_indexes(*place_.store, place_.keys->sealing(), add, [](const std::string& object, const std::string& what) {
        // Without it some content is stored again, which is all that an index is for.
        log_warning("{} is damaged ({}); `runbook expire` makes it again", object, what);
    });
}

void WriteSession::load_base(const PointId& id, const std::map<PackId, std::uint64_t>& packs) {
    OpenedPoint point;
    try {
        point = read_point(*place_.store, *place_.keys, {place_.database, id});
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing && error.code != ErrorCode::Corrupt && error.code != ErrorCode::CannotRecover) throw;
        log_warning("the base {} of {} cannot be used ({}); everything is read", id.str(), place_.database.str(), error.message);
        return;
    }
    base_.emplace();
    base_->id = id;
    base_->manifest = point.manifest;
    base_->opened = std::move(point);
    load_bases(packs);
    for (std::size_t i = 0; i < base_->opened.map.files.size(); ++i) {
        const PointFile& file = base_->manifest.files[i];
        if (file.page_bytes == 0) continue;
        const std::uint64_t per_chunk = pages_per_chunk(place_.keys->settings().extent_bytes, file.page_bytes);
        base_->maps[file.name] = in_session_numbers(base_->opened.map.files[i].pages, per_chunk, packs);
    }
}

// A marked pack may go as soon as the base is forgotten, whatever began after the mark.
bool WriteSession::is_usable(const PackId& pack, const KeyId& owner, const std::map<PackId, std::uint64_t>& packs) const {
    return packs.contains(pack) && !marked_.contains(pack) && place_.keys->database_of(owner).has_value();
}

// The base's chunks of deltas can be kept as long as what they are made against is where they say it is. Where it was
// repacked they are made anew, against where it is now: who keeps them would need the word of where it went for ever.
void WriteSession::load_bases(const std::map<PackId, std::uint64_t>& packs) {
    const PointMap& point = base_->opened.map;
    for (const DeltaBases::Chunk& chunk : point.bases.chunks()) {
        const NeededPack& holder = point.packs[chunk.pack];
        const auto moved = relocations_.has(holder.id) ? relocations_.find(holder.id, chunk.entry) : std::nullopt;
        std::vector<BaseRun> ours;
        bool usable = is_usable(moved ? moved->pack : holder.id, moved ? moved->owner : holder.owner, packs);
        for (const BaseRun& run : point.bases.bases(chunk)) {
            const NeededPack& pack = point.packs[run.pack];
            usable = usable && is_usable(pack.id, pack.owner, packs);
            for (std::uint32_t entry = run.first; relocations_.has(pack.id) && entry < run.first + run.count; ++entry) {
                const auto target = relocations_.find(pack.id, entry);
                if (!target) continue;
                usable = false;
                if (is_usable(target->pack, target->owner, packs)) numbers_.number_of(target->pack, target->owner);
            }
            if (usable) ours.push_back({numbers_.number_of(pack.id, pack.owner), run.first, run.count});
        }
        if (!usable) lost_deltas_.emplace(chunk.pack, chunk.entry);
        else if (moved) base_->bases.add(numbers_.number_of(moved->pack, moved->owner), moved->entry, ours);
        else base_->bases.add(numbers_.number_of(holder.id, holder.owner), chunk.entry, ours);
    }
    base_->bases.sort();
}

PageMap WriteSession::in_session_numbers(const PageMap& map, std::uint64_t per_chunk, const std::map<PackId, std::uint64_t>& packs) {
    const PointMap& point = base_->opened.map;
    std::set<std::uint32_t> with_lost;
    for (const auto& [pack, entry] : lost_deltas_) with_lost.insert(pack);
    PageMap ours;
    const auto append_stored = [&](MapRun run, const PackId& id, const KeyId& owner) {
        const bool usable = is_usable(id, owner, packs);
        run.kind = usable ? MapRun::Kind::Stored : MapRun::Kind::Unknown;
        run.pack = usable ? numbers_.number_of(id, owner) : 0;
        ours.append(run);
    };
    for (const MapRun& run : map.runs()) {
        if (run.kind != MapRun::Kind::Stored) {
            ours.append(run);
            continue;
        }
        const NeededPack& pack = point.packs[run.pack];
        if (!relocations_.has(pack.id) && !with_lost.contains(run.pack)) {
            append_stored(run, pack.id, pack.owner);
            continue;
        }
        // Repacked: entry by entry to where it is now, so that the old pack is not needed for ever.
        for (std::uint64_t done = 0; done < run.count;) {
            MapRun part = run;
            part.address = run.address + done;
            const std::uint64_t page = part.address % per_chunk;
            part.count = std::min(per_chunk - page, run.count - done);
            const auto entry = static_cast<std::uint32_t>(part.address / per_chunk);
            const auto moved = relocations_.find(pack.id, entry);
            if (moved) part.address = moved->entry * per_chunk + page;
            if (lost_deltas_.contains({run.pack, entry})) {
                part.kind = MapRun::Kind::Unknown;
                ours.append(part);
            } else {
                append_stored(part, moved ? moved->pack : pack.id, moved ? moved->owner : pack.owner);
            }
            done += part.count;
        }
    }
    return ours;
}

StoredRoots* WriteSession::base_roots(const std::string& file) {
    if (!base_ || !place_.store->traits().cheap_reads) return nullptr;
    const auto& files = base_->opened.manifest.files;
    const auto found = std::ranges::find(files, file, &PointFile::name);
    if (found == files.end() || found->page_bytes == 0) return nullptr;
    if (!source_) source_ = std::make_unique<PackSource>(*place_.store, *place_.keys);
    const auto number = static_cast<std::size_t>(found - files.begin());
    return &roots_.try_emplace(file, *source_, base_->opened, number, place_.keys->settings().extent_bytes).first->second;
}

std::optional<std::uint32_t> WriteSession::number_of_base(const PackId& pack) const {
    return marked_.contains(pack) ? std::nullopt : numbers_.find(pack);
}

FingerprintFile* WriteSession::base_fingerprints(Progress& progress, const CancelToken& cancel) {
    HOLDFAST_CHECK(base_.has_value());
    if (place_.cache.empty()) return nullptr;
    if (!base_->asked_for_fingerprints) {
        base_->asked_for_fingerprints = true;
        const fs::path path = place_.cache / base_->id.str();
        base_->fingerprints = FingerprintFile::open(path, place_.keys->cache_key(), base_->id);
        if (!base_->fingerprints) {
            try {
                rebuild_fingerprints(progress, cancel);
                base_->fingerprints = FingerprintFile::open(path, place_.keys->cache_key(), base_->id);
            } catch (const Error& error) {
                if (error.code == ErrorCode::Cancelled) throw;
                log_warning("the base {} cannot be read ({}); everything is taken as changed", base_->id.str(), error.message);
            } catch (const fs::filesystem_error& error) {
                log_warning("the cache of fingerprints cannot be written ({})", error.what());
            }
        }
    }
    return base_->fingerprints.get();
}

void WriteSession::rebuild_fingerprints(Progress& progress, const CancelToken& cancel) {
    PointReader reader(*place_.store, *place_.keys, read_point(*place_.store, *place_.keys, {place_.database, base_->id}), place_.workers);
    FingerprintFileWriter writer(place_.cache, place_.keys->cache_key());
    Fingerprinter fingerprinter(place_.keys->fingerprint_key());
    for (const PointFile& file : base_->manifest.files) {
        if (file.page_bytes == 0) continue;
        progress.begin(fmt::format("reading {} of the base", file.name), file.bytes);
        writer.begin_file(file.name, file.page_bytes);
        const std::uint64_t step = std::max<std::uint64_t>(1, kRebuildBytes / file.page_bytes) * file.page_bytes;
        Bytes pages;
        std::vector<Fingerprint> fingerprints;
        for (std::uint64_t at = 0; at < file.bytes; at += pages.size()) {
            throw_if_cancelled(cancel);
            pages.resize(static_cast<std::size_t>(std::min(step, file.bytes - at)));
            reader.read_at(file.name, at, pages);
            fingerprints.clear();
            for (std::size_t page = 0; page < pages.size(); page += file.page_bytes) {
                fingerprints.push_back(fingerprinter.of(ByteView(pages).subspan(page, file.page_bytes)));
            }
            writer.append(fingerprints);
            progress.advance(pages.size());
        }
        writer.end_file();
        progress.end();
    }
    writer.finish(base_->id);
}

void WriteSession::require_packs(const PointMap& point) const {
    const std::map<PackId, std::uint64_t> there = list_packs(*place_.store);
    for (const NeededPack& pack : point.packs) {
        if (!there.contains(pack.id)) {
            throw Error(ErrorCode::Changed, fmt::format("pack {}, which this backup refers to, was removed meanwhile", pack.id.text()),
                        "Run the backup again.");
        }
    }
}

}  // namespace holdfast
