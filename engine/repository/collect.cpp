#include "engine/repository/collect.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/repository/marks.hpp"
#include "engine/repository/pack_sink.hpp"
#include "engine/repository/stored_pack.hpp"

namespace holdfast {
namespace {

constexpr Duration kLeftoversKept = std::chrono::hours(24);
constexpr std::size_t kIndexEntriesMax = 200'000;

struct ListedPack {
    std::uint64_t bytes = 0;
    Instant modified;
    std::uint64_t needed_bytes = 0;   // Of its entries, stored.
    KeyId owner;
    bool indexed = false;
};

// One collection: what it learns, then what it does about it.
class Collection {
public:
    Collection(const LeasePlace& place, Keyring& keys, const CollectRequest& request, CancelToken cancel)
        : place_(place), store_(*place.store), keys_(keys), request_(request), cancel_(std::move(cancel)), lease_(place, LeaseKind::Collector, "collect") {}

    CollectReport run(Progress& progress) {
        progress.begin("collecting what nothing needs", 0);
        look_at_leases();
        learn();
        mark_and_unmark();
        remove_marked();
        repack();
        forget_old_moves();
        report_.leftovers_removed = store_.sweep_leftovers(now_ - std::max(request_.grace, kLeftoversKept));
        progress.end();
        return report_;
    }

private:
    void look_at_leases() {
        std::vector<std::string> dead;
        for (const LeaseFacts& lease : live_leases(place_, &dead)) {
            if (lease.object == lease_.object()) continue;
            if (lease.kind == LeaseKind::Collector) {
                throw Error(ErrorCode::Busy, "another process collects this repository just now", "Try again when it has ended.");
            }
            oldest_writer_ = std::min(oldest_writer_, lease.started);
        }
        for (const std::string& object : dead) store_.remove(object);
    }

    // Packs are listed before points are read: a pack that a point needs which came in between belongs to a writer that is alive.
    void learn() {
        keys_.reload();
        store_.list(kPacksPrefix, [&](const ObjectFacts& object) {
            const auto id = pack_of_object(object.name);
            if (id) packs_[*id] = {.bytes = object.bytes, .modified = object.modified, .needed_bytes = 0, .owner = {}, .indexed = false};
        });
        marks_ = read_marks(place_);
        moves_ = read_relocations(store_, keys_.sealing(), &move_objects_);
        survey_ = survey_points(store_, keys_, moves_);
        read_indexes(store_, keys_.sealing(), [&](const PackContents& contents) {
            const auto pack = packs_.find(contents.id);
            if (pack == packs_.end() || pack->second.indexed) return;
            pack->second.indexed = true;
            pack->second.owner = contents.owner;
            const auto need = survey_.needed.find(contents.id);
            if (need == survey_.needed.end()) return;
            for (std::uint32_t i = 0; i < contents.entries.size(); ++i) {
                if (need->second.needs(i)) pack->second.needed_bytes += contents.entries[i].stored_bytes;
            }
        });
    }

    bool may_be_a_writers(const ListedPack& pack) const { return pack.modified >= oldest_writer_; }

    void mark_and_unmark() {
        for (const auto& [id, pack] : packs_) {
            throw_if_cancelled(cancel_);
            const bool needed = survey_.needed.contains(id);
            const bool marked = marks_.contains(id);
            if (needed && marked) {
                remove_mark(place_, id);
                marks_.erase(id);
            } else if (!needed && !marked && !may_be_a_writers(pack)) {
                put_mark(place_, id, now_);
                ++report_.packs_marked;
            }
        }
        for (const auto& [id, at] : marks_) {
            if (!packs_.contains(id)) remove_mark(place_, id);
        }
    }

    void remove_marked() {
        std::set<PackId> gone;
        for (const auto& [id, at] : marks_) {
            // A mark from the future, after the clock was set back, is simply not old enough.
            if (packs_.contains(id) && now_ - at >= request_.grace && at < oldest_writer_) gone.insert(id);
        }
        if (gone.empty()) return;
        const Survey again = survey_points(store_, keys_, moves_);
        std::erase_if(gone, [&](const PackId& id) { return again.needed.contains(id); });
        // The index first: an index that names a pack which is gone would let a backup rely on it.
        lease_.require_valid();
        rewrite_indexes(store_, keys_, gone);
        for (const PackId& id : gone) {
            throw_if_cancelled(cancel_);
            lease_.require_valid();
            remove_pack(id);
        }
    }

    void remove_pack(const PackId& id) {
        try {
            fault_point("repository.sweep.before");
            store_.remove(pack_object(id));
            fault_point("repository.sweep.after");
            remove_mark(place_, id);
        } catch (const Error& error) {
            if (error.code != ErrorCode::NotPermitted) throw;
            log_warning("{} may not be removed yet: {}", pack_object(id), error.message);   // Locked by the store.
            return;
        }
        ++report_.packs_removed;
        report_.bytes_freed += packs_.at(id).bytes;
        packs_.erase(id);
    }

    void repack() {
        std::map<KeyId, std::vector<PackId>> sparse;
        for (const auto& [id, pack] : packs_) {
            const bool needed = survey_.needed.contains(id);
            const auto limit = static_cast<std::uint64_t>(request_.repack_below * static_cast<double>(pack.bytes));
            if (needed && pack.indexed && pack.needed_bytes < limit && !may_be_a_writers(pack) && !keys_.is_destroyed(pack.owner)) {
                sparse[pack.owner].push_back(id);
            }
        }
        for (const auto& [owner, ids] : sparse) {
            lease_.require_valid();
            const Relocations moved = move_needed(place_, keys_, ids, survey_, owner, cancel_);
            for (const auto& [id, runs] : moved.all()) {
                put_mark(place_, id, now_);
                for (const MovedRun& run : runs) moves_.add(id, run);
                ++report_.packs_repacked;
                ++report_.packs_marked;
            }
        }
    }

    // Moves out of packs that are gone and that no point names any more.
    void forget_old_moves() {
        std::set<PackId> kept;
        std::vector<PackId> look_at(survey_.named.begin(), survey_.named.end());
        for (const auto& [id, pack] : packs_) look_at.push_back(id);
        while (!look_at.empty()) {
            const PackId id = look_at.back();
            look_at.pop_back();
            const auto runs = moves_.all().find(id);
            if (runs == moves_.all().end() || !kept.insert(id).second) continue;
            for (const MovedRun& run : runs->second) look_at.push_back(run.pack);
        }
        if (kept.size() == moves_.all().size()) return;
        Relocations fewer;
        for (const PackId& id : kept) {
            for (const MovedRun& run : moves_.all().at(id)) fewer.add(id, run);
        }
        lease_.require_valid();
        if (!fewer.empty()) put_relocations(store_, keys_.sealing(), fewer);
        for (const std::string& object : move_objects_) store_.remove(object);
    }

    LeasePlace place_;
    Store& store_;
    Keyring& keys_;
    CollectRequest request_;
    CancelToken cancel_;
    Lease lease_;
    Instant now_ = place_.clock->now();
    Instant oldest_writer_ = Instant::max();
    std::map<PackId, ListedPack> packs_;
    std::map<PackId, Instant> marks_;
    Relocations moves_;
    std::set<std::string> move_objects_;
    Survey survey_;
    CollectReport report_;
};

// Consecutive old entries that got consecutive new ones become one run.
void add_move(std::map<PackId, std::vector<MovedRun>>& runs, const PackId& from, std::uint32_t entry, const PackSink::Placed& placed, const KeyId& owner) {
    std::vector<MovedRun>& list = runs[from];
    if (!list.empty()) {
        MovedRun& last = list.back();
        if (last.pack == placed.pack && last.first + last.count == entry && last.new_first + last.count == placed.entry) {
            ++last.count;
            return;
        }
    }
    list.push_back({.first = entry, .count = 1, .pack = placed.pack, .owner = owner, .new_first = placed.entry});
}

}  // namespace

CollectReport collect_repository(const LeasePlace& place, Keyring& keys, const CollectRequest& request, Progress& progress, CancelToken cancel) {
    return Collection(place, keys, request, std::move(cancel)).run(progress);
}

Relocations move_needed(const LeasePlace& place, Keyring& keys, const std::vector<PackId>& packs, const Survey& survey, const KeyId& owner,
                        CancelToken cancel) {
    PackSink sink(*place.store, keys, owner);
    std::map<PackId, std::vector<MovedRun>> runs;
    for (const PackId& id : packs) {
        const PackNeed& need = survey.needed.at(id);
        const auto key = key_of_pack(keys, id, need);
        if (!key) continue;
        StoredPack pack(*place.store, keys.suite(), id, *key);
        for (std::uint32_t entry = 0; entry < need.entries.size(); ++entry) {
            if (!need.entries[entry]) continue;
            throw_if_cancelled(cancel);
            if (entry >= pack.contents().entries.size()) throw Error(ErrorCode::Corrupt, fmt::format("{} lacks chunk {}", pack_object(id), entry));
            const Bytes content = pack.read_compressed(entry);
            const PackEntry& old = pack.contents().entries[entry];
            add_move(runs, id, entry, sink.append({.identity = old.identity, .codec = old.codec, .plain_bytes = old.plain_bytes, .content = content}), owner);
        }
    }
    Relocations moves;
    if (runs.empty()) return moves;
    sink.finish();
    put_index(*place.store, keys.sealing(), sink.take_durable());
    for (const auto& [from, list] : runs) {
        for (const MovedRun& run : list) moves.add(from, run);
    }
    fault_point("repository.repack.before");
    put_relocations(*place.store, keys.sealing(), moves);
    fault_point("repository.repack.after");
    return moves;
}

void rewrite_indexes(Store& store, const Keyring& keys, const std::set<PackId>& gone) {
    std::vector<PackContents> batch;
    std::size_t entries = 0;
    std::set<PackId> seen;
    const auto flush = [&] {
        if (!batch.empty()) put_index(store, keys.sealing(), batch);
        batch.clear();
        entries = 0;
    };
    const std::set<std::string> old = read_indexes(store, keys.sealing(), [&](const PackContents& pack) {
        if (gone.contains(pack.id) || !seen.insert(pack.id).second) return;
        batch.push_back(pack);
        entries += pack.entries.size();
        if (entries >= kIndexEntriesMax) flush();
    });
    flush();
    for (const std::string& object : old) store.remove(object);
}

}  // namespace holdfast
