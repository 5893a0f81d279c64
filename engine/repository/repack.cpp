// Collector's repacking: what is still needed of a mostly unused pack is copied into a new one, as it is
// (opened and sealed again, never decompressed), and a relocation says where it went.
#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/log.hpp"
#include "engine/repository/collect.hpp"
#include "engine/repository/pack_sink.hpp"
#include "engine/repository/pack_source.hpp"

namespace holdfast {
namespace {

struct UsedShare {
    std::uint64_t used = 0, all = 0;
};

UsedShare share_of(const PackContents& pack, const PackUse& use) {
    UsedShare share;
    for (std::uint32_t i = 0; i < pack.entries.size(); ++i) {
        share.all += pack.entries[i].stored_bytes;
        if (use.needs(i)) share.used += pack.entries[i].stored_bytes;
    }
    return share;
}

// Copies the needed entries of one pack; adds where they went.
void copy_needed(PackSource& source, const PackView& pack, const PackUse& use, Suite suite, PackSink& sink, Relocations& moved) {
    PieceCipher cipher(suite, pack.key);
    Bytes stored, content;
    for (std::uint32_t i = 0; i < pack.entries.size(); ++i) {
        if (!use.needs(i)) continue;
        const PackEntry& entry = pack.entries[i];
        // Page deltas are copied like all else: their bases keep the names that they were written with, and moves are followed.
        stored.resize(entry.stored_bytes);
        content.resize(entry.stored_bytes - kSealOverheadBytes);
        source.fetch(pack, entry.offset, stored);
        if (!cipher.open(i, chunk_associated(pack.id, entry.identity), stored, content)) {
            throw Error(ErrorCode::Corrupt, "an entry that does not authenticate");
        }
        const auto placed = sink.append({.kind = entry.kind, .identity = entry.identity, .codec = entry.codec, .plain_bytes = entry.plain_bytes, .content = content});
        moved.add(pack.id, {i, 1, placed.pack, sink.owner(), placed.entry});
    }
}

}  // namespace

std::vector<PackId> Collector::packs_to_repack(const CollectOptions& options) const {
    std::vector<PackId> packs;
    for (const auto& [id, use] : usage_->needed()) {
        if (!packs_.contains(id)) continue;
        const bool homeless = !keys_.database_of(use.owner) && keys_.is_destroyed(use.owner);
        const auto listed = index_.find(id);
        if (!homeless && (listed == index_.end() || marks_.contains(id))) continue;
        const UsedShare share = homeless ? UsedShare{} : share_of(listed->second, use);
        if (homeless || static_cast<double>(share.used) < options.repack_below * static_cast<double>(share.all)) packs.push_back(id);
    }
    return packs;
}

void Collector::repack(const CollectOptions& options) {
    const std::vector<PackId> candidates = packs_to_repack(options);
    if (candidates.empty()) return;
    PackSource source(store_, keys_);
    // New packs belong to a database that needs the chunks: to the same one as before where it still does.
    std::map<KeyId, std::unique_ptr<PackSink>> sinks;
    Relocations moved;
    for (const PackId& id : candidates) {
        throw_if_cancelled(cancel_);
        const PackUse& use = usage_->needed().at(id);
        const auto before = keys_.database_of(use.owner);
        const DatabaseName& database = before && use.databases.contains(*before) ? *before : *use.databases.begin();
        try {
            const PackPointer pack = source.open(id, use.owner, use.key ? &*use.key : nullptr);
            const KeyId owner = keys_.writing_key(database);
            std::unique_ptr<PackSink>& sink = sinks[owner];
            if (!sink) sink = std::make_unique<PackSink>(store_, keys_, owner);
            Relocations of_this;
            copy_needed(source, *pack, use, keys_.suite(), *sink, of_this);
            for (const auto& [from, runs] : of_this.all()) {
                for (const MovedRun& run : runs) moved.add(from, run);
            }
            ++report_.packs_repacked;
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Unavailable && error.code != ErrorCode::Missing) throw;
            log_warning("pack {} is left as it is: {}", id.text(), error.message);
        }
    }
    std::vector<PackContents> written;
    for (auto& [owner, sink] : sinks) {
        sink->finish();
        for (PackContents& pack : sink->take_durable()) written.push_back(std::move(pack));
    }
    if (written.empty()) return;
    lease_.require_valid();
    put_index(store_, keys_.sealing(), written);
    fault_point("repository.repack.before");
    put_relocations(store_, keys_.sealing(), moved.melted());
    fault_point("repository.repack.after");
    load();   // Everything as it is now: the old packs are not needed any more.
}

}  // namespace holdfast
