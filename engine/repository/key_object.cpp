#include "engine/repository/key_object.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/crypto/seal.hpp"
#include "engine/repository/piece_cipher.hpp"
#include "engine/repository/tagged.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kTagIdentity = 2, kTagKeyEncryption = 4, kTagSettings = 6;
constexpr std::uint64_t kTagCreated = 1, kTagComment = 3;
constexpr std::size_t kSaltBytes = 16;

struct KeyObjectParts {
    MasterKind kind = MasterKind::Clear;
    ScryptCost cost;
    ByteView salt;
    std::string repository;
    ByteView head;      // Everything before the wrapped block: its associated data.
    ByteView before_note;
    ByteView wrapped, note;
};

KeyObjectParts parse_key_object(ByteView object) {
    ByteReader reader(object, "key object");
    expect_magic(reader, kKeyMagic, "key object");
    KeyObjectParts parts;
    const std::uint8_t kind = reader.u8();
    if (kind > static_cast<std::uint8_t>(MasterKind::Passphrase)) throw Error(ErrorCode::Unavailable, "a key object of an unknown kind");
    parts.kind = static_cast<MasterKind>(kind);
    parts.cost = {reader.u8(), reader.u32(), reader.u32()};
    parts.salt = reader.raw(kSaltBytes);
    parts.repository = reader.text();
    parts.head = object.first(reader.at());
    parts.wrapped = reader.sized();
    parts.before_note = object.first(reader.at());
    parts.note = reader.sized();
    reader.expect_done();
    // What scrypt may cost is bounded before it is believed: 1 GiB of memory, some seconds.
    const ScryptCost& cost = parts.cost;
    if (parts.kind == MasterKind::Passphrase && (cost.log2_n < 1 || cost.log2_n > 20 || cost.r < 1 || cost.r > 8 || cost.p < 1 || cost.p > 16)) {
        throw Error(ErrorCode::Corrupt, "a key object with a cost out of range");
    }
    return parts;
}

Secret raw_master_key(const MasterKey& master) {
    const std::string_view text = as_text(master.text.reveal());
    auto bytes = text.size() == 2 * kKeyBytes ? from_hex(text) : from_base64(text);
    return Secret(std::move(*bytes));
}

Secret wrapping_key(const MasterKey& master, MasterKind kind, ByteView salt, const ScryptCost& cost) {
    if (kind == MasterKind::Passphrase) return key_from_passphrase(master.text, salt, cost);
    return derive_key(raw_master_key(master), salt, "holdfast master");
}

Digest settings_digest(const RepositorySettings& settings) { return sha256(as_bytes(to_json(settings))); }

Bytes encode_block(const RepositorySettings& settings, const KeyBlock& block) {
    TagWriter fields;
    fields.bytes(kTagIdentity, block.identity.reveal());
    fields.bytes(kTagKeyEncryption, block.key_encryption.reveal());
    fields.bytes(kTagSettings, settings_digest(settings));
    return fields.take();
}

// The digest of repository.json stands inside the sealed block: a store cannot swap it for one that turns
// encryption off, and no bit of it can flip unseen.
KeyBlock decode_block(const RepositorySettings& settings, ByteView plain) {
    KeyBlock block;
    bool belongs = false;
    read_tagged(plain, "key block", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case kTagIdentity: block.identity = Secret(to_bytes(value.raw(kKeyBytes))); return true;
        case kTagKeyEncryption: block.key_encryption = Secret(to_bytes(value.raw(kKeyBytes))); return true;
        case kTagSettings: belongs = equal_in_constant_time(value.raw(sizeof(Digest)), settings_digest(settings)); return true;
        default: return false;
        }
    });
    if (block.identity.empty() || block.key_encryption.empty() || !belongs) {
        throw Error(ErrorCode::Corrupt, "repository.json is not the one that the repository's key was made for",
                    "Restore repository.json from another copy of this store; it never changes.");
    }
    return block;
}

Secret note_key(const KeyBlock& block, ByteView salt) { return derive_key(block.identity, salt, "holdfast key note"); }

}  // namespace

KeyBlock random_key_block() { return {random_key(), random_key()}; }

MasterKind master_kind_of(const MasterKey& master) {
    const std::string_view text = as_text(master.text.reveal());
    if (text.empty()) {
        throw Error(ErrorCode::WrongKey, "the encryption key is empty", "Set the key that the policy names under encryption.key.");
    }
    const auto is_key = [](std::optional<Bytes> bytes) {
        if (!bytes) return false;
        const Secret held{std::move(*bytes)};
        return held.size() == kKeyBytes;
    };
    if (text.size() == 2 * kKeyBytes && is_key(from_hex(text))) return MasterKind::Key;
    if (text.size() == 44 && is_key(from_base64(text))) return MasterKind::Key;
    return MasterKind::Passphrase;
}

Bytes wrap_key_block(const RepositorySettings& settings, const MasterKey& master, const KeyBlock& block, const KeyNote& note) {
    const MasterKind kind = settings.suite == Suite::Checksum ? MasterKind::Clear : master_kind_of(master);
    const ScryptCost cost;
    const Bytes salt = random_bytes(kSaltBytes);
    ByteWriter object;
    write_magic(object, kKeyMagic);
    object.u8(static_cast<std::uint8_t>(kind));
    object.u8(static_cast<std::uint8_t>(cost.log2_n));
    object.u32(cost.r);
    object.u32(cost.p);
    object.raw(salt);
    object.text(settings.id);
    const Bytes head = object.bytes();
    const Secret plain(encode_block(settings, block));
    if (kind == MasterKind::Clear) {
        PieceCipher checksum(Suite::Checksum, block.identity);
        object.sized(checksum.seal(0, head, plain.reveal()));
    } else {
        object.sized(seal_once(wrapping_key(master, kind, salt, cost), head, plain.reveal()));
    }
    TagWriter fields;
    fields.instant(kTagCreated, note.created);
    fields.text(kTagComment, note.comment);
    const Bytes before = object.bytes();
    object.sized(seal_once(note_key(block, salt), before, fields.take()));
    return object.take();
}

std::optional<MasterKind> kind_of_key_object(const RepositorySettings& settings, ByteView object) {
    const KeyObjectParts parts = parse_key_object(object);
    if (parts.repository != settings.id) return std::nullopt;
    return parts.kind;
}

std::optional<KeyBlock> unwrap_key_block(const RepositorySettings& settings, const MasterKey& master, ByteView object) {
    const KeyObjectParts parts = parse_key_object(object);
    if (parts.repository != settings.id) return std::nullopt;
    if (parts.kind == MasterKind::Clear) {
        // Only a repository that says it is not encrypted may be opened without a key.
        if (settings.suite != Suite::Checksum) return std::nullopt;
        const Secret no_key;
        const auto plain = PieceCipher(Suite::Checksum, no_key).open(0, parts.head, parts.wrapped);
        if (!plain) throw Error(ErrorCode::Corrupt, "the repository's key object is damaged");
        return decode_block(settings, *plain);
    }
    if (settings.suite == Suite::Checksum || master_kind_of(master) != parts.kind) return std::nullopt;
    try {
        const Secret plain(open_once(wrapping_key(master, parts.kind, parts.salt, parts.cost), parts.head, parts.wrapped));
        return decode_block(settings, plain.reveal());
    } catch (const Error& error) {
        if (error.code == ErrorCode::WrongKey) return std::nullopt;
        throw;
    }
}

KeyNote read_key_note(const RepositorySettings& settings, const KeyBlock& block, ByteView object) {
    const KeyObjectParts parts = parse_key_object(object);
    if (parts.repository != settings.id) throw Error(ErrorCode::Corrupt, "a key object of another repository");
    Bytes plain;
    try {
        plain = open_once(note_key(block, parts.salt), parts.before_note, parts.note);
    } catch (const Error&) {
        throw Error(ErrorCode::Corrupt, "a key object is damaged: its note does not authenticate");
    }
    KeyNote note;
    read_tagged(plain, "key note", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case kTagCreated: note.created = read_instant(value); return true;
        case kTagComment: note.comment = rest_as_text(value); return true;
        default: return false;
        }
    });
    return note;
}

}  // namespace holdfast
