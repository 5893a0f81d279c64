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
    for (std::size_t i = 0; i < point.map.files.size(); ++i) {
        const PointFile& file = point.manifest.files[i];
        if (file.page_bytes == 0) continue;
        const std::uint64_t per_chunk = pages_per_chunk(place_.keys->settings().extent_bytes, file.page_bytes);
        base_->maps[file.name] = in_session_numbers(point.map.files[i].pages, point.map, per_chunk, packs);
    }
    base_->manifest = std::move(point.manifest);
}

PageMap WriteSession::in_session_numbers(const PageMap& map, const PointMap& point, std::uint64_t per_chunk,
                                         const std::map<PackId, std::uint64_t>& packs) {
    PageMap ours;
    const auto append_stored = [&](MapRun run, const PackId& id, const KeyId& owner) {
        // A marked pack may go as soon as the base is forgotten, whatever began after the mark.
        const bool usable = packs.contains(id) && !marked_.contains(id) && place_.keys->database_of(owner);
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
        if (!relocations_.has(pack.id)) {
            append_stored(run, pack.id, pack.owner);
            continue;
        }
        // Repacked: entry by entry to where it is now, so that the old pack is not needed for ever.
        for (std::uint64_t done = 0; done < run.count;) {
            MapRun part = run;
            part.address = run.address + done;
            const std::uint64_t page = part.address % per_chunk;
            part.count = std::min(per_chunk - page, run.count - done);
            const auto moved = relocations_.find(pack.id, static_cast<std::uint32_t>(part.address / per_chunk));
            if (moved) part.address = moved->entry * per_chunk + page;
            append_stored(part, moved ? moved->pack : pack.id, moved ? moved->owner : pack.owner);
            done += part.count;
        }
    }
    return ours;
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
