#include "engine/repository/verify.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/repository/lease.hpp"
#include "engine/repository/log_check.hpp"
#include "engine/repository/marks.hpp"
#include "engine/repository/page_delta.hpp"
#include "engine/repository/point_chunks.hpp"
#include "engine/repository/wal_archive.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kReadBytes = 2u << 20;

struct VerifiedPoint {
    PointName name;
    OpenedPoint opened;
    bool damaged = false;
};

// One pack to be read, and what of it.
struct PackDuty {
    PackId id;
    KeyId owner;
    std::optional<Secret> key;
    std::vector<bool> entries;   // Needed by the points that are verified.
    bool all = false;            // Every entry, needed or not.
};

struct ReadTools {
    ChunkTools chunk;
    PageDeltaDecoder deltas;
    Bytes plain;
};

class Verification {
public:
    Verification(Store& store, Keyring& keys, const VerifyOptions& options, Progress& progress, const CancelToken& cancel)
        : store_(store), keys_(keys), options_(options), progress_(progress), cancel_(cancel), source_(store, keys), bases_(source_, no_map_) {}

    VerifyReport run() {
        keys_.reload();
        packs_ = list_packs(store_);
        if (options_.points.empty()) check_small_objects();
        load_moved();
        load_points();
        list_duties();
        read_packs();
        if (!options_.only_added) {
            check_logs(store_, keys_, {.bases = {options_.points.begin(), options_.points.end()}, .sample = options_.sample},
                       [&](Damage damage) { add_damage(std::move(damage)); }, progress_, cancel_);
            if (options_.points.empty()) check_wal(store_, keys_, options_.sample, [&](Damage damage) { add_damage(std::move(damage)); }, progress_, cancel_);
        }
        for (const VerifiedPoint& point : points_) {
            // What was only sampled is not called sound.
            if (point.damaged) report_.damaged.push_back(point.name.id);
            else if (options_.sample >= 1.0) report_.sound.push_back(point.name.id);
        }
        std::ranges::sort(report_.damage, {}, [](const Damage& damage) { return std::tie(damage.object, damage.offset); });
        return std::move(report_);
    }

private:
    void add_damage(Damage damage) {
        const std::lock_guard lock(mutex_);
        report_.damage.push_back(std::move(damage));
    }
    // Once for each entry (of a pack that cannot be opened: once), be it read for itself or as the base of deltas.
    void add_chunk_damage(const PackId& pack, std::optional<std::uint32_t> entry, Damage damage) {
        {
            const std::lock_guard lock(mutex_);
            if (!damaged_chunks_.emplace(pack, entry).second) return;
        }
        touch(pack, entry, damage);
        add_damage(std::move(damage));
    }
    void add_whole_object(const std::string& object, const std::string& what) {
        const auto facts = store_.look_at(object);
        add_damage({.object = object, .offset = 0, .bytes = facts ? facts->bytes : 0, .what = what, .touches = {}});
    }

    // Everything that is neither point nor pack.
    void check_small_objects() {
        const auto on_damage = [&](const std::string& object, const std::string& what) { add_whole_object(object, what); };
        read_indexes(store_, keys_.sealing(), [&](const PackContents& pack) { owners_.try_emplace(pack.id, pack.owner); }, on_damage);
        each_object(kMarksPrefix, [&](const std::string& name) { open_object(keys_.sealing(), kMarkMagic, name, store_.get(name, kSmallObjectBytesMax)); });
        each_object(kPinsPrefix, [&](const std::string& name) {
            if (point_of_object(name, kPinsPrefix)) open_object(keys_.sealing(), kPinMagic, name, store_.get(name, kSmallObjectBytesMax));
        });
        for (const std::string& name : keys_.damaged_data_keys()) add_whole_object(name, "this data key does not open: points of its database cannot be read");
        for (const KeyFacts& key : keys_.master_keys()) {
            if (key.kind == kDamagedKey) add_whole_object(std::string(kKeysPrefix) + key.id, "this key opens nothing: " + key.comment);
        }
    }
    void each_object(std::string_view prefix, const std::function<void(const std::string&)>& check) {
        std::vector<std::string> names;
        store_.list(prefix, [&](const ObjectFacts& facts) { names.push_back(facts.name); });
        for (const std::string& name : names) {
            try {
                check(name);
            } catch (const Error& error) {
                if (error.code == ErrorCode::Missing) continue;
                if (error.code != ErrorCode::Corrupt) throw;
                add_whole_object(name, error.message);
            }
        }
    }

    void load_moved() {
        each_object(kMovedPrefix, [&](const std::string& name) {
            const Bytes body = open_object(keys_.sealing(), kMovedMagic, name, store_.get(name, kIndexBytesMax));
            decode_relocations(unpack_body(body, kIndexBytesMax, name), moved_);
        });
    }

    void load_points() {
        std::set<PointId> missing(options_.points.begin(), options_.points.end());
        for (const PointName& name : list_points(store_, std::nullopt)) {
            if (!options_.points.empty() && std::ranges::find(options_.points, name.id) == options_.points.end()) continue;
            missing.erase(name.id);
            VerifiedPoint point{.name = name, .opened = {}, .damaged = false};
            try {
                point.opened = read_point(store_, keys_, name);
            } catch (const Error& error) {
                const std::string object = point_object(name.database, name.id);
                if (error.code == ErrorCode::Missing && !store_.look_at(object)) continue;
                if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Missing && error.code != ErrorCode::CannotRecover) throw;
                const auto facts = store_.look_at(object);
                add_damage({.object = object,
                            .offset = 0,
                            .bytes = facts ? facts->bytes : 0,
                            .what = error.message,
                            .touches = {{.point = name.id, .database = name.database, .file = {}, .offset = 0, .bytes = 0}}});
                point.damaged = true;
            }
            points_.push_back(std::move(point));
        }
        if (!missing.empty()) throw Error(ErrorCode::Missing, fmt::format("there is no recovery point {}", missing.begin()->str()));
    }

    void list_duties() {
        Usage usage(moved_, packs_, keys_.settings().extent_bytes);
        std::set<PackId> added;
        for (const VerifiedPoint& point : points_) {
            if (point.damaged) continue;
            usage.add(point.opened);
            for (const NeededPack& pack : point.opened.map.packs) {
                listed_.emplace(pack.id, &pack);
                if (pack.added) added.insert(pack.id);
            }
        }
        const bool everything = options_.points.empty();
        for (const auto& [id, use] : usage.needed()) {
            if (options_.only_added && !added.contains(id)) continue;
            duties_.push_back({id, use.owner, use.key ? std::optional(use.key->clone()) : std::nullopt, use.entries, everything});
        }
        if (everything) {
            for (const auto& [id, bytes] : packs_) {
                const auto owner = owners_.find(id);
                if (usage.needed().contains(id) || owner == owners_.end() || !keys_.database_of(owner->second)) continue;
                duties_.push_back({id, owner->second, std::nullopt, {}, true});
            }
        }
        if (options_.sample < 1.0) {
            const auto count = static_cast<std::size_t>(std::ceil(static_cast<double>(duties_.size()) * std::max(0.0, options_.sample)));
            std::shuffle(duties_.begin(), duties_.end(), std::mt19937_64(std::random_device{}()));
            duties_.resize(std::min(duties_.size(), count));
        }
    }

    void read_packs() {
        std::uint64_t total = 0;
        for (const PackDuty& duty : duties_) {
            if (const auto there = packs_.find(duty.id); there != packs_.end()) total += there->second;
        }
        progress_.begin("verifying", total);
        std::atomic<std::size_t> next = 0;
        std::exception_ptr failure;
        const auto work = [&] {
            try {
                for (std::size_t i = next++; i < duties_.size(); i = next++) {
                    throw_if_cancelled(cancel_);
                    read_pack(duties_[i]);
                }
            } catch (...) {   // Anything at all is carried to the thread that waits.
                const std::lock_guard lock(mutex_);
                if (!failure) failure = std::current_exception();
                next = duties_.size();
            }
        };
        {
            std::vector<std::jthread> workers;
            for (unsigned i = 0; i < options_.workers; ++i) workers.emplace_back(work);
        }
        if (failure) std::rethrow_exception(failure);
        progress_.end();
    }

    void read_pack(const PackDuty& duty) {
        const std::string object = pack_object(duty.id);
        PackPointer pack;
        try {
            pack = source_.open(duty.id, duty.owner, duty.key ? &*duty.key : nullptr);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Missing && error.code != ErrorCode::CannotRecover) throw;
            const auto there = packs_.find(duty.id);
            Damage damage{.object = object, .offset = 0, .bytes = there == packs_.end() ? 0 : there->second, .what = error.message, .touches = {}};
            return add_chunk_damage(duty.id, {}, std::move(damage));
        }
        check_frame(*pack, object);
        Hmac hmac(keys_.identity_key());
        ReadTools tools;
        Bytes stored;
        std::uint64_t chunks = 0;
        for (std::uint32_t first = 0; first < pack->entries.size();) {
            std::uint32_t end = first + 1;
            while (end < pack->entries.size() && pack->entries[end].offset + pack->entries[end].stored_bytes - pack->entries[first].offset <= kReadBytes) ++end;
            check_entries(duty, *pack, first, end, tools, hmac, stored);
            for (std::uint32_t i = first; i < end; ++i) progress_.advance(pack->entries[i].stored_bytes);
            chunks += end - first;
            first = end;
        }
        const std::lock_guard lock(mutex_);
        ++report_.packs;
        report_.chunks += chunks;
        report_.bytes += pack->bytes;
    }

    void check_frame(const PackView& pack, const std::string& object) {
        Bytes header(kPackHeaderBytes);
        std::string what;
        try {
            source_.fetch(pack, 0, header);
            if (header != pack.header) what = "the pack's header is not what it must be";
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt) throw;
            what = error.message;
        }
        if (!what.empty()) add_damage({.object = object, .offset = 0, .bytes = kPackHeaderBytes, .what = what, .touches = {}});
        if (pack.footer_damage.empty()) return;
        const std::uint64_t footer_at = std::min(pack.bytes, pack.entries.empty() ? 0 : pack.entries.back().offset + pack.entries.back().stored_bytes);
        add_damage({.object = object,
                    .offset = footer_at,
                    .bytes = pack.bytes - footer_at,
                    .what = "the pack's footer: " + pack.footer_damage + "; the index still knows what is in the pack",
                    .touches = {}});
    }

    // Fetches [first, end) at once; where that fails (the pack was cut short) one by one.
    void check_entries(const PackDuty& duty, const PackView& pack, std::uint32_t first, std::uint32_t end, ReadTools& tools, Hmac& hmac,
                       Bytes& stored) {
        const std::uint64_t from = pack.entries[first].offset;
        stored.resize(pack.entries[end - 1].offset + pack.entries[end - 1].stored_bytes - from);
        bool fetched = true;
        try {
            source_.fetch(pack, from, stored);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Io) throw;
            fetched = false;
        }
        for (std::uint32_t i = first; i < end; ++i) {
            const bool needed = i < duty.entries.size() && duty.entries[i];
            if (!needed && !duty.all) continue;
            const PackEntry& entry = pack.entries[i];
            const std::span<std::byte> here = std::span(stored).subspan(entry.offset - from, entry.stored_bytes);
            try {
                if (!fetched) source_.fetch(pack, entry.offset, here);
                Bytes& plain = tools.plain;
                plain.resize(entry.plain_bytes);
                if (entry.kind == EntryKind::PageDelta) {
                    if (!decode_deltas(pack, i, here, needed, tools)) continue;
                } else {
                    source_.open_chunk(pack, i, here, tools.chunk, plain);
                }
                if (hmac.of(plain) != entry.identity) throw Error(ErrorCode::Corrupt, "a chunk whose content is not what its identity says");
            } catch (const Error& error) {
                if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Io) throw;
                Damage damage{.object = pack_object(pack.id), .offset = entry.offset, .bytes = entry.stored_bytes, .what = error.message, .touches = {}};
                add_chunk_damage(pack.id, i, std::move(damage));
            }
        }
    }

    // Fills `tools.plain` with the pages of a chunk of deltas. False where that cannot be done for want of a base: that is damage of
    // the base and told there. What no point needs has no base any more, and is only opened.
    bool decode_deltas(const PackView& pack, std::uint32_t number, ByteView stored, bool needed, ReadTools& tools) {
        const Bytes content = source_.open_deltas(pack, number, stored, tools.chunk);
        const DeltaChunk chunk = decode_delta_chunk(content, tools.plain.size());
        if (!needed) return false;
        const std::size_t page_bytes = tools.plain.size() / chunk.pages.size();
        const std::uint64_t per_chunk = pages_per_chunk(keys_.settings().extent_bytes, static_cast<std::uint32_t>(page_bytes));
        bool whole = true;
        for (std::size_t i = 0; i < chunk.pages.size(); ++i) {
            const PageDelta& page = chunk.pages[i];
            const PointChunks::Plain base = base_chunk(chunk.packs[page.pack], static_cast<std::uint32_t>(page.address / per_chunk));
            const std::uint64_t at = page.address % per_chunk * page_bytes;
            if (!base) {
                whole = false;
                continue;
            }
            if (at + page_bytes > base->size()) throw Error(ErrorCode::Corrupt, "a page delta whose base lies beyond the end of a chunk");
            tools.deltas.decode(page.frame, ByteView(*base).subspan(at, page_bytes), std::span(tools.plain).subspan(i * page_bytes, page_bytes));
        }
        return whole;
    }

    // Nothing where it is damaged or gone, which is told then.
    PointChunks::Plain base_chunk(const PackId& id, std::uint32_t entry) {
        const auto listed = listed_.find(id);
        if (listed == listed_.end()) throw Error(ErrorCode::Corrupt, fmt::format("a page delta against pack {}, which no recovery point lists", id.text()));
        PackSource::Located at;
        try {
            at = source_.locate(*listed->second, entry);
            return bases_.plain(at);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Missing && error.code != ErrorCode::CannotRecover && error.code != ErrorCode::Io) throw;
            Damage damage{.object = pack_object(at.pack ? at.pack->id : id), .offset = 0, .bytes = 0, .what = error.message, .touches = {}};
            if (!at.pack || at.entry >= at.pack->entries.size()) {
                add_chunk_damage(at.pack ? at.pack->id : id, {}, std::move(damage));
                return nullptr;
            }
            damage.offset = at.pack->entries[at.entry].offset;
            damage.bytes = at.pack->entries[at.entry].stored_bytes;
            add_chunk_damage(at.pack->id, at.entry, std::move(damage));
            return nullptr;
        }
    }

    // Which parts of which files lie in this entry of the pack (in any, without one), or are deltas against it.
    void touch(const PackId& pack, std::optional<std::uint32_t> entry, Damage& damage) {
        for (VerifiedPoint& point : points_) {
            PointChunks chunks(source_, point.opened.map);
            const PointMap& map = point.opened.map;
            bool hit = false;
            for (std::size_t i = 0; i < map.files.size(); ++i) {
                const PointFile& file = point.opened.manifest.files[i];
                each_touched(chunks, map.files[i], file, {pack, entry}, [&](std::uint64_t offset, std::uint64_t bytes) {
                    hit = true;
                    if (!damage.touches.empty()) {
                        Damage::Touched& last = damage.touches.back();
                        if (last.point == point.name.id && last.file == file.name && last.offset + last.bytes == offset) {
                            last.bytes += bytes;
                            return;
                        }
                    }
                    damage.touches.push_back({.point = point.name.id, .database = point.name.database, .file = file.name, .offset = offset, .bytes = bytes});
                });
            }
            const std::lock_guard lock(mutex_);
            if (hit) point.damaged = true;
        }
    }

    struct DamagedChunk {
        PackId pack;
        std::optional<std::uint32_t> entry;   // Nothing: all of it.
    };
    bool lies_there(const NeededPack& listed, std::uint32_t here, const DamagedChunk& damaged) const {
        const auto target = moved_.has(listed.id) ? moved_.find(listed.id, here) : std::nullopt;
        const bool follow = target && packs_.contains(target->pack);
        return (follow ? target->pack : listed.id) == damaged.pack && (!damaged.entry || (follow ? target->entry : here) == *damaged.entry);
    }

    template <typename Visit>
    void each_touched(PointChunks& chunks, const FileMap& file_map, const PointFile& file, const DamagedChunk& damaged, Visit&& visit) {
        const PointMap& map = chunks.map();
        const std::uint64_t per_chunk = file.page_bytes == 0 ? 1 : pages_per_chunk(keys_.settings().extent_bytes, file.page_bytes);
        for (const MapRun& run : file_map.pages.runs()) {
            if (run.kind != MapRun::Kind::Stored) continue;
            for (std::uint64_t done = 0; done < run.count;) {
                MapRun part = run;
                part.first += done;
                part.address += done;
                part.count = std::min(per_chunk - part.address % per_chunk, run.count - done);
                const auto entry = static_cast<std::uint32_t>(part.address / per_chunk);
                if (lies_there(map.packs[run.pack], entry, damaged)) {
                    visit(part.first * file.page_bytes, part.count * file.page_bytes);
                } else {
                    each_delta_touched(chunks, part, per_chunk, damaged, [&](std::uint64_t page) { visit(page * file.page_bytes, std::uint64_t{file.page_bytes}); });
                }
                done += part.count;
            }
        }
        std::uint64_t at = 0;
        for (const StreamPiece& piece : file_map.pieces) {
            if (lies_there(map.packs[piece.pack], piece.entry, damaged)) visit(at, std::uint64_t{piece.bytes});
            at += piece.bytes;
        }
    }

    // The pages of a run in one chunk of deltas that are made against what is damaged.
    template <typename Visit>
    void each_delta_touched(PointChunks& chunks, const MapRun& part, std::uint64_t per_chunk, const DamagedChunk& damaged, Visit&& visit) {
        const PointMap& map = chunks.map();
        const auto entry = static_cast<std::uint32_t>(part.address / per_chunk);
        const std::span<const BaseRun> bases = map.bases.of(part.pack, entry);
        const bool hit = std::ranges::any_of(bases, [&](const BaseRun& run) {
            for (std::uint32_t base = run.first; base < run.first + run.count; ++base) {
                if (lies_there(map.packs[run.pack], base, damaged)) return true;
            }
            return false;
        });
        if (!hit) return;
        PointChunks::Deltas deltas;
        try {
            deltas = chunks.deltas(part.pack, entry);
        } catch (const Error&) {
            // Damaged too, which is told for itself: then nothing that lies in it can be restored anyway.
        }
        for (std::uint64_t i = 0; i < part.count; ++i) {
            const std::uint64_t page = part.address % per_chunk + i;
            if (deltas && page < deltas->chunk.pages.size()) {
                const PageDelta& delta = deltas->chunk.pages[page];
                if (!lies_there(*deltas->packs[delta.pack], static_cast<std::uint32_t>(delta.address / per_chunk), damaged)) continue;
            }
            visit(part.first + i);
        }
    }

    Store& store_;
    Keyring& keys_;
    const VerifyOptions& options_;
    Progress& progress_;
    const CancelToken& cancel_;
    PackSource source_;
    const PointMap no_map_{};
    PointChunks bases_;                            // Recent ones that deltas are made against.
    std::map<PackId, const NeededPack*> listed_;   // By some point that is verified.
    std::set<std::pair<PackId, std::optional<std::uint32_t>>> damaged_chunks_;
    std::map<PackId, std::uint64_t> packs_;
    std::map<PackId, KeyId> owners_;
    Relocations moved_;
    std::vector<VerifiedPoint> points_;
    std::vector<PackDuty> duties_;
    std::mutex mutex_;
    VerifyReport report_;
};

}  // namespace

VerifyReport verify_repository(Store& store, Keyring& keys, const VerifyOptions& options, Progress& progress, const CancelToken& cancel) {
    return Verification(store, keys, options, progress, cancel).run();
}

}  // namespace holdfast
