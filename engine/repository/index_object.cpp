#include "engine/repository/index_object.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/repository/codec.hpp"

namespace holdfast {
namespace {

constexpr int kMoveChainMax = 64;

template <typename Id>
Id read_id(ByteReader& reader) {
    return id_from_bytes<Id>(reader.raw(16));
}

// Reads every object below `prefix`, and again those that appeared meanwhile where one had gone.
std::set<std::string> read_all_below(Store& store, std::string_view prefix, const std::function<void(const std::string&)>& read) {
    std::set<std::string> done;
    for (int round = 0; round < 10; ++round) {
        std::vector<std::string> names;
        store.list(prefix, [&](const ObjectFacts& facts) { names.push_back(facts.name); });
        bool one_has_gone = false;
        for (const std::string& name : names) {
            if (done.contains(name)) continue;
            try {
                read(name);
                done.insert(name);
            } catch (const Error& error) {
                if (error.code != ErrorCode::Missing) throw;
                one_has_gone = true;
            }
        }
        if (!one_has_gone) return done;
    }
    throw Error(ErrorCode::Busy, "the repository's index keeps changing", "Try again when the other collection has ended.");
}

std::string put_sealed(Store& store, const ObjectSealing& sealing, std::string_view magic, std::string_view prefix, ByteView plain) {
    const std::string name = std::string(prefix) + random_id<PackId>().text();
    const Bytes object = seal_object(sealing, magic, name, pack_body(plain, 1));
    fault_point("repository.index.before");
    HOLDFAST_CHECK(store.put_if_absent(name, object));
    fault_point("repository.index.after");
    return name;
}

PackContents read_contents(ByteView bytes) {
    ByteReader reader(bytes, "index");
    PackContents pack;
    pack.id = read_id<PackId>(reader);
    pack.owner = read_id<KeyId>(reader);
    pack.bytes = reader.varint();
    const std::size_t count = reader.count(37);
    if (count > kPackEntriesMax) throw Error(ErrorCode::Corrupt, "an index with a pack of too many entries");
    pack.entries.reserve(count);
    std::uint64_t offset = kPackHeaderBytes;
    for (std::size_t i = 0; i < count; ++i) {
        pack.entries.push_back(read_pack_entry(reader, offset));
        offset += pack.entries.back().stored_bytes;
    }
    if (offset > pack.bytes) throw Error(ErrorCode::Corrupt, "an index with entries beyond their pack");
    return pack;
}

}  // namespace

Bytes encode_index(const std::vector<PackContents>& packs) {
    ByteWriter plain;
    plain.varint(packs.size());
    for (const PackContents& pack : packs) {
        ByteWriter record;
        record.raw(pack.id.bytes);
        record.raw(pack.owner.bytes);
        record.varint(pack.bytes);
        record.varint(pack.entries.size());
        for (const PackEntry& entry : pack.entries) write_pack_entry(record, entry);
        plain.sized(record.bytes());
    }
    return plain.take();
}

void decode_index(ByteView plain, const std::function<void(const PackContents&)>& visit) {
    ByteReader reader(plain, "index");
    const std::size_t count = reader.count(34);
    for (std::size_t i = 0; i < count; ++i) visit(read_contents(reader.sized()));
    reader.expect_done();
}

std::string put_index(Store& store, const ObjectSealing& sealing, const std::vector<PackContents>& packs) {
    return put_sealed(store, sealing, kIndexMagic, kIndexPrefix, encode_index(packs));
}

std::set<std::string> read_indexes(Store& store, const ObjectSealing& sealing, const std::function<void(const PackContents&)>& visit,
                                   const OnDamagedIndex& on_damage) {
    return read_all_below(store, kIndexPrefix, [&](const std::string& name) {
        const Bytes object = store.get(name, kIndexBytesMax);
        try {
            const Bytes body = open_object(sealing, kIndexMagic, name, object);
            decode_index(unpack_body(body, kIndexBytesMax, name), visit);
        } catch (const Error& error) {
            if (!on_damage || error.code != ErrorCode::Corrupt) throw;
            on_damage(name, error.message);
        }
    });
}

void Relocations::add(const PackId& from, const MovedRun& run) {
    std::vector<MovedRun>& runs = runs_[from];
    const auto at = std::ranges::lower_bound(runs, run.first, {}, &MovedRun::first);
    // Two collections that were both killed may have moved the same entries twice: the first stays.
    if (at != runs.end() && at->first < run.first + run.count) return;
    if (at != runs.begin() && std::prev(at)->first + std::prev(at)->count > run.first) return;
    runs.insert(at, run);
}

std::optional<Relocations::Target> Relocations::find_once(const PackId& from, std::uint32_t entry) const {
    const auto found = runs_.find(from);
    if (found == runs_.end()) return std::nullopt;
    const auto after = std::ranges::upper_bound(found->second, entry, {}, &MovedRun::first);
    if (after == found->second.begin()) return std::nullopt;
    const MovedRun& run = *std::prev(after);
    if (entry - run.first >= run.count) return std::nullopt;
    return Target{run.pack, run.owner, run.new_first + (entry - run.first)};
}

std::optional<Relocations::Target> Relocations::find(const PackId& from, std::uint32_t entry) const {
    std::optional<Target> target = find_once(from, entry);
    for (int moves = 0; target && moves < kMoveChainMax; ++moves) {
        const auto next = find_once(target->pack, target->entry);
        if (!next) return target;
        target = next;
    }
    if (target) throw Error(ErrorCode::Corrupt, "chunks that were moved in a circle");
    return target;
}

Relocations Relocations::melted() const {
    Relocations result;
    for (const auto& [from, runs] : runs_) {
        std::vector<MovedRun>& into = result.runs_[from];
        for (const MovedRun& run : runs) {
            const bool continues = !into.empty() && into.back().pack == run.pack && into.back().first + into.back().count == run.first &&
                                   into.back().new_first + into.back().count == run.new_first;
            if (continues) into.back().count += run.count;
            else into.push_back(run);
        }
    }
    return result;
}

Bytes encode_relocations(const Relocations& moves) {
    ByteWriter plain;
    plain.varint(moves.all().size());
    for (const auto& [from, runs] : moves.all()) {
        plain.raw(from.bytes);
        plain.varint(runs.size());
        for (const MovedRun& run : runs) {
            plain.varint(run.first);
            plain.varint(run.count);
            plain.raw(run.pack.bytes);
            plain.raw(run.owner.bytes);
            plain.varint(run.new_first);
        }
    }
    return plain.take();
}

void decode_relocations(ByteView plain, Relocations& into) {
    ByteReader reader(plain, "moved chunks");
    const auto small = [&] {
        const std::uint64_t value = reader.varint();
        if (value > kPackEntriesMax) throw Error(ErrorCode::Corrupt, "moved chunks beyond the end of a pack");
        return static_cast<std::uint32_t>(value);
    };
    const std::size_t packs = reader.count(17);
    for (std::size_t i = 0; i < packs; ++i) {
        const auto from = read_id<PackId>(reader);
        const std::size_t runs = reader.count(35);
        for (std::size_t j = 0; j < runs; ++j) {
            MovedRun run;
            run.first = small();
            run.count = small();
            run.pack = read_id<PackId>(reader);
            run.owner = read_id<KeyId>(reader);
            run.new_first = small();
            into.add(from, run);
        }
    }
    reader.expect_done();
}

std::string put_relocations(Store& store, const ObjectSealing& sealing, const Relocations& moves) {
    return put_sealed(store, sealing, kMovedMagic, kMovedPrefix, encode_relocations(moves));
}

Relocations read_relocations(Store& store, const ObjectSealing& sealing, std::set<std::string>* names, const OnDamagedIndex& on_damage) {
    Relocations moves;
    auto read = read_all_below(store, kMovedPrefix, [&](const std::string& name) {
        const Bytes object = store.get(name, kIndexBytesMax);
        try {
            const Bytes body = open_object(sealing, kMovedMagic, name, object);
            decode_relocations(unpack_body(body, kIndexBytesMax, name), moves);
        } catch (const Error& error) {
            if (!on_damage || error.code != ErrorCode::Corrupt) throw;
            on_damage(name, error.message);
        }
    });
    if (names != nullptr) *names = std::move(read);
    return moves;
}

}  // namespace holdfast
