// points/<database>/<id>: what a recovery point is (manifest) and where its bytes are (map), sealed apart,
// so that listing many points never reads their maps.
#pragma once

#include "engine/repository/delta_bases.hpp"
#include "engine/repository/keyring.hpp"
#include "engine/repository/page_map.hpp"
#include "engine/repository/repository.hpp"

namespace holdfast {

// One pack that a point needs. A pack of another database carries its key, so that the point stays readable
// with its own database's key alone.
struct NeededPack {
    PackId id;
    KeyId owner;
    std::optional<Secret> key;
    bool added = false;   // Written for this very point.
};

// Per file in the order of the manifest: pages for files of pages, pieces for streams.
struct FileMap {
    PageMap pages;
    std::vector<StreamPiece> pieces;
};

struct PointMap {
    std::vector<NeededPack> packs;
    std::vector<FileMap> files;
    DeltaBases bases;   // Of every entry of page deltas that a file's map refers to.
};

Bytes encode_manifest(const PointManifest& manifest);
PointManifest decode_manifest(ByteView plain);
Bytes encode_point_map(const PointManifest& manifest, const PointMap& map);
PointMap decode_point_map(ByteView plain, const PointManifest& manifest);

Bytes seal_point(Keyring& keys, const KeyId& owner, const PointManifest& manifest, const PointMap& map);

struct PointHeader {
    KeyId owner;
    Bytes bytes;    // All of it: associated data.
    std::uint32_t manifest_bytes = 0;
    std::uint64_t map_bytes = 0;
};
// Throws Corrupt or Unavailable; bounded by the object's size.
PointHeader decode_point_header(ByteView bytes, std::uint64_t object_bytes);

struct OpenedPoint {
    KeyId owner;
    PointManifest manifest;
    PointMap map;
};
// Throws Missing, Corrupt, or CannotRecover where its data key was destroyed.
PointManifest read_point_manifest(Store& store, Keyring& keys, const PointName& name);
OpenedPoint read_point(Store& store, Keyring& keys, const PointName& name);
// For tests and fuzzing: from the object's bytes.
OpenedPoint open_point(Keyring& keys, const PointName& name, ByteView object);

}  // namespace holdfast
