#include "engine/repository/collect.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/repository/pack_source.hpp"
#include "engine/repository/pins.hpp"

namespace holdfast {
namespace {

// By so much the clocks of two machines may differ.
constexpr Duration kClockSkew = std::chrono::minutes(5);
constexpr std::size_t kIndexObjectsMax = 16;
constexpr std::size_t kPacksPerIndex = 512;

}  // namespace

Collector::Collector(Store& store, Keyring& keys, const Clock& clock, Progress& progress, CancelToken cancel)
    : store_(store),
      keys_(keys),
      clock_(clock),
      progress_(progress),
      cancel_(std::move(cancel)),
      place_{&store, keys.sealing(), &clock},
      lease_(place_, LeaseKind::Collector, "collection") {
    // Each puts its lease first and looks then: of two at once at least one sees the other and steps back.
    for (const LeaseFacts& other : live_leases(place_)) {
        if (other.kind == LeaseKind::Collector && other.object != lease_.object()) {
            throw Error(ErrorCode::Busy, "another collection or key destruction runs on this repository", "Try again when it has ended.");
        }
    }
}

CollectReport Collector::run(const CollectOptions& options) {
    keys_.reload();
    finish_destructions();
    load();
    repack(options);
    mark(options);
    sweep(removable(options));
    rewrite_relocations();
    remove_pins_of_nothing(store_);
    sweep_leftovers(options.grace);
    return report_;
}

// A destruction that was killed after it was announced is completed: what nobody can read is not kept.
void Collector::finish_destructions() {
    for (const PointName& name : list_points(store_, std::nullopt)) {
        throw_if_cancelled(cancel_);
        Bytes header(kPointHeaderBytes);
        try {
            store_.get_range(point_object(name.database, name.id), 0, header);
        } catch (const Error& error) {
            if (error.code == ErrorCode::Missing || error.code == ErrorCode::Corrupt) continue;   // load_points() tells.
            throw;
        }
        const auto owner = id_from_bytes<KeyId>(ByteView(header).subspan(16, 16));
        if (!keys_.is_destroyed(owner)) continue;
        fault_point("repository.forget.before");
        store_.remove(point_object(name.database, name.id));
        fault_point("repository.forget.after");
    }
}

void Collector::load() {
    writers_.clear();
    std::vector<std::string> dead;
    for (LeaseFacts& lease : live_leases(place_, &dead)) {
        if (lease.kind == LeaseKind::Writer) writers_.push_back(std::move(lease));
    }
    // A writer that lost its lease finds it gone before it commits.
    for (const std::string& lease : dead) store_.remove(lease);
    packs_ = list_packs(store_);
    marks_ = read_marks(place_);
    index_.clear();
    index_is_stale_ = false;
    index_names_ = read_indexes(store_, keys_.sealing(), [&](const PackContents& pack) { index_.try_emplace(pack.id, pack); },
                                [&](const std::string& object, const std::string& what) {
                                    log_warning("{} is damaged ({}) and is made again", object, what);
                                    index_is_stale_ = true;
                                });
    moved_names_.clear();
    moved_ = read_relocations(store_, keys_.sealing(), &moved_names_);
    points_.clear();
    newest_seen_ = Instant{};
    for (const auto& [pack, at] : marks_) newest_seen_ = std::max(newest_seen_, at);
    usage_ = std::make_unique<Usage>(moved_, packs_, keys_.settings().extent_bytes);
    load_points();
}

// Points that were not seen before. One that cannot be read may need anything: then nothing is removed.
void Collector::load_points() {
    for (const PointName& name : list_points(store_, std::nullopt)) {
        if (points_.contains(name)) continue;
        throw_if_cancelled(cancel_);
        try {
            const OpenedPoint point = read_point(store_, keys_, name);
            usage_->add(point);
            newest_seen_ = std::max(newest_seen_, point.manifest.point.finished);
            points_.insert(name);
        } catch (Error& error) {
            if (error.code == ErrorCode::Missing && !store_.look_at(point_object(name.database, name.id))) continue;
            error.message = fmt::format("nothing is collected, because what {} of {} needs is not known: {}", name.id.str(), name.database.str(), error.message);
            if (error.hint.empty()) error.hint = "`runbook catalog verify` shows what is damaged; a point that is lost for good can be removed with `runbook expire`.";
            throw;
        }
    }
}

// Never earlier than what was already seen: a clock that went back must not make a mark look old later.
Instant Collector::marking_time() const { return std::max(clock_.now(), newest_seen_); }

void Collector::mark(const CollectOptions& options) {
    const Instant at = marking_time();
    for (const auto& [pack, bytes] : packs_) {
        throw_if_cancelled(cancel_);
        const bool needed = usage_->needed().contains(pack);
        const bool marked = marks_.contains(pack);
        if (needed && marked) {
            remove_mark(place_, pack);
            marks_.erase(pack);
        }
        if (needed || marked) continue;
        // A pack that no index lists belongs to a backup that still runs, as long as one does.
        if (!index_.contains(pack) && !writers_.empty() && !options.destroyed) continue;
        put_mark(place_, pack, at);
        marks_[pack] = at;
        ++report_.packs_marked;
    }
    // Marks whose pack is gone are what a killed sweep left.
    std::erase_if(marks_, [&](const auto& each) {
        if (packs_.contains(each.first)) return false;
        remove_mark(place_, each.first);
        return true;
    });
    for (const PackId& pack : read_damaged_packs(store_)) {
        if (!packs_.contains(pack)) remove_damage_note(store_, pack);
    }
}

std::vector<PackId> Collector::removable(const CollectOptions& options) {
    // Asked again, leases before points: a writer that has ended since has its point listed by now, and one that
    // began since has seen the marks. A reader that began since has read a point that needs nothing marked.
    std::vector<LeaseFacts> others;
    for (LeaseFacts& lease : live_leases(place_)) {
        if (lease.kind != LeaseKind::Collector) others.push_back(std::move(lease));
    }
    load_points();
    const Instant now = clock_.now();
    std::vector<PackId> packs;
    for (const auto& [pack, marked] : marks_) {
        const bool at_once = index_.contains(pack) && keys_.is_destroyed(index_.at(pack).owner);
        const bool old_enough = now >= marked && (at_once || now - marked >= options.grace);
        const bool unseen = std::ranges::all_of(others, [&, since = marked](const LeaseFacts& other) {
            // What a destroyed key sealed is not kept for somebody who still reads it.
            return other.started > since + kClockSkew || (at_once && other.kind == LeaseKind::Reader);
        });
        if (old_enough && unseen && !usage_->needed().contains(pack)) packs.push_back(pack);
    }
    return packs;
}

void Collector::sweep(const std::vector<PackId>& packs) {
    const std::set<PackId> without(packs.begin(), packs.end());
    const bool lists_gone = std::ranges::any_of(index_, [&](const auto& each) { return without.contains(each.first) || !packs_.contains(each.first); });
    const bool lists_too_few = std::ranges::any_of(usage_->needed(), [&](const auto& each) { return !index_.contains(each.first) && packs_.contains(each.first); });
    // The index first: never does it list a pack that was removed on purpose.
    if (lists_gone || lists_too_few || index_is_stale_ || index_names_.size() > kIndexObjectsMax) rewrite_index(without);
    for (const PackId& pack : packs) {
        throw_if_cancelled(cancel_);
        lease_.require_valid();
        fault_point("repository.sweep.before");
        store_.remove(pack_object(pack));
        fault_point("repository.sweep.after");
        remove_mark(place_, pack);
        ++report_.packs_removed;
        report_.bytes_freed += packs_.at(pack);
    }
}

void Collector::rewrite_index(const std::set<PackId>& without) {
    PackSource source(store_, keys_);
    for (const auto& [id, use] : usage_->needed()) {
        if (index_.contains(id) || !packs_.contains(id)) continue;
        try {
            const PackPointer pack = source.open(id, use.owner, use.key ? &*use.key : nullptr);
            index_.emplace(id, PackContents{.id = id, .owner = use.owner, .bytes = pack->bytes, .entries = pack->entries});
        } catch (const Error& error) {
            log_warning("pack {} is not listed in the index: {}", id.text(), error.message);
        }
    }
    std::set<std::string> written;
    std::vector<PackContents> listed;
    const auto write = [&] {
        written.insert(put_index(store_, keys_.sealing(), listed));
        listed.clear();
    };
    for (const auto& [id, pack] : index_) {
        if (without.contains(id) || !packs_.contains(id)) continue;
        listed.push_back(pack);
        if (listed.size() == kPacksPerIndex) write();
    }
    if (!listed.empty()) write();
    lease_.require_valid();
    for (const std::string& old : index_names_) store_.remove(old);
    index_names_ = std::move(written);
}

// Moves of packs that no point lists any more are dropped; many small objects become one.
void Collector::rewrite_relocations() {
    const bool droppable = std::ranges::any_of(moved_.all(), [&](const auto& each) { return !usage_->listed().contains(each.first); });
    if (!droppable && moved_names_.size() <= 8) return;
    Relocations kept;
    for (const auto& [from, runs] : moved_.all()) {
        for (const MovedRun& run : runs) {
            for (std::uint32_t entry = run.first; entry < run.first + run.count; ++entry) {
                if (!usage_->listed().contains(from)) break;
                // To the end of the chain, so that no pack in between has to be listed for it.
                const auto target = moved_.find(from, entry);
                kept.add(from, {entry, 1, target->pack, target->owner, target->entry});
            }
        }
    }
    if (!kept.empty()) put_relocations(store_, keys_.sealing(), kept.melted());
    lease_.require_valid();
    for (const std::string& old : moved_names_) store_.remove(old);
}

void Collector::sweep_leftovers(Duration grace) {
    Instant older_than = clock_.now() - grace;
    for (const LeaseFacts& writer : writers_) older_than = std::min(older_than, writer.started - kClockSkew);
    report_.leftovers_removed = store_.sweep_leftovers(older_than);
}

}  // namespace holdfast
