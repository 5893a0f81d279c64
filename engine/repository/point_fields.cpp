// The fields of manifests and maps: the one place that knows their tags.
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/repository/point_format.hpp"
#include "engine/repository/tagged.hpp"

namespace holdfast {
namespace {

// Even: a reader must know it.
enum ManifestTag : std::uint64_t {
    kId = 2, kDatabase = 4, kEngine = 6, kKind = 8, kFile = 10,
    kStarted = 1, kInstant = 3, kFinished = 5, kSourceBytes = 7, kReadBytes = 9, kStoredBytes = 11, kIdentity = 13, kFact = 15,
    kBase = 17, kPinned = 19, kKeepUntil = 21, kPolicyCommit = 23, kPolicyDirty = 25, kPolicyHash = 27, kSlot = 29, kHost = 31,
    kUser = 33, kVersion = 35, kWhy = 37, kIdempotencyKey = 39,
};
enum FileTag : std::uint64_t { kName = 2, kPageBytes = 4, kBytes = 6, kMode = 1 };
enum MapTag : std::uint64_t { kOwners = 2, kPacks = 4, kPageMap = 6, kStreamMap = 8, kDeltaBases = 10 };

constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 56;

void text_if(TagWriter& fields, std::uint64_t tag, const std::string& value) {
    if (!value.empty()) fields.text(tag, value);
}

Bytes encode_file(const PointFile& file) {
    TagWriter fields;
    fields.text(kName, file.name);
    fields.number(kPageBytes, file.page_bytes);
    fields.number(kBytes, file.bytes);
    fields.number(kMode, file.mode);
    return fields.take();
}

std::uint32_t number32(ByteReader& value) {
    const std::uint64_t number = value.varint();
    if (number > 0xffffffffu) throw Error(ErrorCode::Corrupt, "recovery point: a number that is too large");
    return static_cast<std::uint32_t>(number);
}

PointFile decode_file(ByteView record) {
    PointFile file;
    read_tagged(record, "file of a recovery point", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case kName: file.name = rest_as_text(value); return true;
        case kPageBytes: file.page_bytes = number32(value); return true;
        case kBytes: file.bytes = value.varint(); return true;
        case kMode: file.mode = number32(value) & 07777; return true;
        default: return false;
        }
    });
    const bool pages_fit = file.page_bytes == 0 || (file.page_bytes <= kChunkBytesMax && file.bytes % file.page_bytes == 0);
    if (file.name.empty() || file.bytes > kFileBytesMax || !pages_fit) throw Error(ErrorCode::Corrupt, "a file of a recovery point that cannot be");
    return file;
}

template <typename Enumeration>
Enumeration read_enumeration(ByteReader& value, Enumeration last, std::string_view what) {
    const std::uint64_t number = value.varint();
    if (number > static_cast<std::uint64_t>(last)) {
        throw Error(ErrorCode::Unavailable, fmt::format("a recovery point of an unknown {} ({})", what, number),
                    "Use the newest version of runbook for this repository.");
    }
    return static_cast<Enumeration>(number);
}

void write_provenance(TagWriter& fields, const Provenance& from) {
    text_if(fields, kPolicyCommit, from.policy_commit);
    if (from.policy_dirty) fields.number(kPolicyDirty, 1);
    text_if(fields, kPolicyHash, from.policy_hash);
    if (from.slot) fields.instant(kSlot, *from.slot);
    text_if(fields, kHost, from.host);
    text_if(fields, kUser, from.user);
    text_if(fields, kVersion, from.version);
    text_if(fields, kWhy, from.why);
    text_if(fields, kIdempotencyKey, from.key);
}

bool read_provenance(Provenance& from, std::uint64_t tag, ByteReader& value) {
    switch (tag) {
    case kPolicyCommit: from.policy_commit = rest_as_text(value); return true;
    case kPolicyDirty: from.policy_dirty = value.varint() != 0; return true;
    case kPolicyHash: from.policy_hash = rest_as_text(value); return true;
    case kSlot: from.slot = read_instant(value); return true;
    case kHost: from.host = rest_as_text(value); return true;
    case kUser: from.user = rest_as_text(value); return true;
    case kVersion: from.version = rest_as_text(value); return true;
    case kWhy: from.why = rest_as_text(value); return true;
    case kIdempotencyKey: from.key = rest_as_text(value); return true;
    default: return false;
    }
}

bool read_point_field(RecoveryPoint& point, std::uint64_t tag, ByteReader& value) {
    switch (tag) {
    case kId: point.id = PointId(rest_as_text(value)); return true;
    case kDatabase: point.database = DatabaseName(rest_as_text(value)); return true;
    case kEngine: point.engine = read_enumeration(value, EngineKind::SqlServer, "engine"); return true;
    case kKind: point.kind = read_enumeration(value, BackupKind::Raw, "kind"); return true;
    case kStarted: point.started = read_instant(value); return true;
    case kInstant: point.instant = read_instant(value); return true;
    case kFinished: point.finished = read_instant(value); return true;
    case kSourceBytes: point.source_bytes = value.varint(); return true;
    case kReadBytes: point.read_bytes = value.varint(); return true;
    case kStoredBytes: point.stored_bytes = value.varint(); return true;
    case kPinned: point.pinned = value.varint() != 0; return true;
    case kKeepUntil: point.keep_until = read_instant(value); return true;
    default: return read_provenance(point.provenance, tag, value);
    }
}

}  // namespace

Bytes encode_manifest(const PointManifest& manifest) {
    const RecoveryPoint& point = manifest.point;
    TagWriter fields;
    fields.text(kId, point.id.str());
    fields.text(kDatabase, point.database.str());
    fields.number(kEngine, static_cast<std::uint64_t>(point.engine));
    fields.number(kKind, static_cast<std::uint64_t>(point.kind));
    fields.instant(kStarted, point.started);
    fields.instant(kInstant, point.instant);
    fields.instant(kFinished, point.finished);
    fields.number(kSourceBytes, point.source_bytes);
    fields.number(kReadBytes, point.read_bytes);
    fields.number(kStoredBytes, point.stored_bytes);
    if (point.pinned) fields.number(kPinned, 1);
    if (point.keep_until) fields.instant(kKeepUntil, *point.keep_until);
    write_provenance(fields, point.provenance);
    text_if(fields, kIdentity, manifest.identity);
    if (manifest.base) fields.text(kBase, manifest.base->str());
    for (const auto& [name, value] : manifest.facts) {
        ByteWriter fact;
        fact.text(name);
        fact.text(value);
        fields.bytes(kFact, fact.bytes());
    }
    for (const PointFile& file : manifest.files) fields.bytes(kFile, encode_file(file));
    return fields.take();
}

PointManifest decode_manifest(ByteView plain) {
    PointManifest manifest;
    read_tagged(plain, "recovery point", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case kIdentity: manifest.identity = rest_as_text(value); return true;
        case kBase: manifest.base = PointId(rest_as_text(value)); return true;
        case kFile: manifest.files.push_back(decode_file(value.raw(value.left()))); return true;
        case kFact: {
            std::string name = value.text();
            manifest.facts[std::move(name)] = value.text();
            return true;
        }
        default: return read_point_field(manifest.point, tag, value);
        }
    });
    return manifest;
}

Bytes encode_point_map(const PointManifest& manifest, const PointMap& map) {
    std::vector<KeyId> owners;
    ByteWriter packs;
    packs.varint(map.packs.size());
    for (const NeededPack& pack : map.packs) {
        auto owner = std::ranges::find(owners, pack.owner);
        if (owner == owners.end()) owner = owners.insert(owners.end(), pack.owner);
        packs.raw(pack.id.bytes);
        packs.varint(static_cast<std::uint64_t>(owner - owners.begin()) << 1 | (pack.added ? 1 : 0));
        packs.sized(pack.key ? pack.key->reveal() : ByteView{});
    }
    ByteWriter owner_list;
    owner_list.varint(owners.size());
    for (const KeyId& owner : owners) owner_list.raw(owner.bytes);
    TagWriter fields;
    fields.bytes(kOwners, owner_list.bytes());
    fields.bytes(kPacks, packs.bytes());
    for (std::size_t i = 0; i < map.files.size(); ++i) {
        ByteWriter file;
        if (manifest.files.at(i).page_bytes != 0) {
            write_page_map(file, map.files[i].pages);
            fields.bytes(kPageMap, file.bytes());
        } else {
            write_stream_map(file, map.files[i].pieces);
            fields.bytes(kStreamMap, file.bytes());
        }
    }
    if (!map.bases.empty()) {
        ByteWriter bases;
        write_delta_bases(bases, map.bases);
        fields.bytes(kDeltaBases, bases.bytes());
    }
    return fields.take();
}

PointMap decode_point_map(ByteView plain, const PointManifest& manifest) {
    PointMap map;
    std::vector<KeyId> owners;
    const auto next_file = [&](bool pages) -> const PointFile& {
        if (map.files.size() >= manifest.files.size() || (manifest.files[map.files.size()].page_bytes != 0) != pages) {
            throw Error(ErrorCode::Corrupt, "a recovery point whose maps are not those of its files");
        }
        return manifest.files[map.files.size()];
    };
    const auto read_pack = [&](ByteReader& value) {
        NeededPack pack;
        pack.id = id_from_bytes<PackId>(value.raw(16));
        const std::uint64_t owner_and_added = value.varint();
        const std::uint64_t owner = owner_and_added >> 1;
        pack.added = (owner_and_added & 1) != 0;
        if (owner >= owners.size()) throw Error(ErrorCode::Corrupt, "a recovery point that needs a pack of nobody");
        pack.owner = owners[static_cast<std::size_t>(owner)];
        const ByteView key = value.sized();
        if (!key.empty() && key.size() != kKeyBytes) throw Error(ErrorCode::Corrupt, "a recovery point with a key that is none");
        if (!key.empty()) pack.key.emplace(to_bytes(key));
        map.packs.push_back(std::move(pack));
    };
    read_tagged(plain, "map of a recovery point", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case kOwners:
            for (std::size_t left = value.count(16); left > 0; --left) owners.push_back(id_from_bytes<KeyId>(value.raw(16)));
            return true;
        case kPacks:
            for (std::size_t left = value.count(18); left > 0; --left) read_pack(value);
            return true;
        case kPageMap: {
            const PointFile& file = next_file(true);
            map.files.push_back({read_page_map(value, file.bytes / file.page_bytes, map.packs.size()), {}});
            return true;
        }
        case kStreamMap: {
            const PointFile& file = next_file(false);
            map.files.push_back({{}, read_stream_map(value, file.bytes, map.packs.size())});
            return true;
        }
        case kDeltaBases: map.bases = read_delta_bases(value, map.packs.size()); return true;
        default: return false;
        }
    });
    if (map.files.size() != manifest.files.size()) throw Error(ErrorCode::Corrupt, "a recovery point with a file that has no map");
    return map;
}

}  // namespace holdfast
