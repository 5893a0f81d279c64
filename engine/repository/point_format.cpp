#include "engine/repository/point_format.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/repository/codec.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kFirstReadBytes = 16u << 10;
enum Piece : std::uint64_t { kManifestPiece = 0, kMapPiece = 1 };

Bytes point_associated(ByteView header, const PointName& name) {
    ByteWriter associated;
    associated.raw(header);
    associated.text(name.database.str());
    associated.text(name.id.str());
    return associated.take();
}

PieceCipher point_cipher(Keyring& keys, const PointHeader& header, const PointName& name) {
    const ByteView salt = ByteView(header.bytes).subspan(32, 16);
    const auto key = keys.point_key(header.owner, salt);
    if (key) return PieceCipher(keys.suite(), *key);
    if (keys.is_destroyed(header.owner)) {
        throw Error(ErrorCode::CannotRecover, fmt::format("the data key of {} was destroyed", name.database.str()));
    }
    throw Error(ErrorCode::Missing, fmt::format("the data key {} of {} is not in the repository", header.owner.text(), name.database.str()),
                "Restore the folder data-keys/ from another copy of this store.");
}

Bytes open_piece(PieceCipher& cipher, const PointHeader& header, const PointName& name, Piece piece, ByteView sealed) {
    auto body = cipher.open(piece, point_associated(header.bytes, name), sealed);
    if (!body) {
        throw Error(ErrorCode::Corrupt, fmt::format("recovery point {} of {} is damaged: it does not authenticate", name.id.str(), name.database.str()));
    }
    return unpack_body(*body, piece == kMapPiece ? kMapBytesMax : kManifestBytesMax, "recovery point");
}

PointManifest checked_manifest(ByteView plain, const PointName& name) {
    PointManifest manifest = decode_manifest(plain);
    if (manifest.point.id != name.id || manifest.point.database != name.database) {
        throw Error(ErrorCode::Corrupt, fmt::format("recovery point {} says it is {}", name.id.str(), manifest.point.id.str()));
    }
    return manifest;
}

}  // namespace

Bytes seal_point(Keyring& keys, const KeyId& owner, const PointManifest& manifest, const PointMap& map) {
    const Bytes manifest_body = pack_body(encode_manifest(manifest));
    const Bytes map_body = pack_body(encode_point_map(manifest, map));
    ByteWriter writer;
    write_magic(writer, kPointMagic);
    writer.u8(static_cast<std::uint8_t>(keys.suite()));
    for (int i = 0; i < 7; ++i) writer.u8(0);
    writer.raw(owner.bytes);
    const Bytes salt = random_bytes(16);
    writer.raw(salt);
    writer.u32(static_cast<std::uint32_t>(manifest_body.size() + kSealOverheadBytes));
    writer.u32(0);
    writer.u64(map_body.size() + kSealOverheadBytes);
    const Bytes header = writer.bytes();
    const auto key = keys.point_key(owner, salt);
    if (!key) throw Error(ErrorCode::Changed, "this database's data key was destroyed while the backup ran", "Run the backup again.");
    PieceCipher cipher(keys.suite(), *key);
    const Bytes associated = point_associated(header, {manifest.point.database, manifest.point.id});
    writer.raw(cipher.seal(kManifestPiece, associated, manifest_body));
    writer.raw(cipher.seal(kMapPiece, associated, map_body));
    return writer.take();
}

PointHeader decode_point_header(ByteView bytes, std::uint64_t object_bytes) {
    ByteReader reader(bytes, "recovery point");
    expect_magic(reader, kPointMagic, "recovery point");
    reader.raw(8);
    PointHeader header;
    header.owner = id_from_bytes<KeyId>(reader.raw(16));
    reader.raw(16);
    header.manifest_bytes = reader.u32();
    reader.u32();
    header.map_bytes = reader.u64();
    header.bytes = to_bytes(bytes.first(kPointHeaderBytes));
    const std::uint64_t room = object_bytes - kPointHeaderBytes;
    if (object_bytes < kPointHeaderBytes || header.manifest_bytes > room || header.map_bytes != room - header.manifest_bytes ||
        header.manifest_bytes > kManifestBytesMax || header.map_bytes > kMapBytesMax) {
        throw Error(ErrorCode::Corrupt, "a recovery point whose parts do not fill it");
    }
    return header;
}

OpenedPoint open_point(Keyring& keys, const PointName& name, ByteView object) {
    const PointHeader header = decode_point_header(object, object.size());
    PieceCipher cipher = point_cipher(keys, header, name);
    const ByteView manifest = object.subspan(kPointHeaderBytes, header.manifest_bytes);
    const ByteView map = object.subspan(kPointHeaderBytes + header.manifest_bytes);
    OpenedPoint point;
    point.owner = header.owner;
    point.manifest = checked_manifest(open_piece(cipher, header, name, kManifestPiece, manifest), name);
    point.map = decode_point_map(open_piece(cipher, header, name, kMapPiece, map), point.manifest);
    return point;
}

OpenedPoint read_point(Store& store, Keyring& keys, const PointName& name) {
    return open_point(keys, name, store.get(point_object(name.database, name.id), kMapBytesMax + kManifestBytesMax));
}

PointManifest read_point_manifest(Store& store, Keyring& keys, const PointName& name) {
    const std::string object = point_object(name.database, name.id);
    const auto facts = store.look_at(object);
    if (!facts) throw Error(ErrorCode::Missing, fmt::format("there is no recovery point {} of {}", name.id.str(), name.database.str()));
    if (facts->bytes < kPointHeaderBytes) throw Error(ErrorCode::Corrupt, fmt::format("{} is cut short", object));
    // Most manifests come with the first read.
    Bytes bytes(std::min<std::uint64_t>(facts->bytes, kFirstReadBytes));
    store.get_range(object, 0, bytes);
    const PointHeader header = decode_point_header(bytes, facts->bytes);
    if (const std::size_t needed = kPointHeaderBytes + header.manifest_bytes; needed > bytes.size()) {
        bytes.resize(needed);
        store.get_range(object, 0, bytes);
    }
    PieceCipher cipher = point_cipher(keys, header, name);
    return checked_manifest(open_piece(cipher, header, name, kManifestPiece, ByteView(bytes).subspan(kPointHeaderBytes, header.manifest_bytes)), name);
}

}  // namespace holdfast
