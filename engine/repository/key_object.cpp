#include "engine/repository/key_object.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/crypto/seal.hpp"
#include "engine/repository/piece_cipher.hpp"
#include "engine/repository/tagged.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kTagIdentity = 2, kTagKeyEncryption = 4, kTagSettings = 6, kTagSettingsCopy = 1;
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
    fields.text(kTagSettingsCopy, to_json(settings));
    return fields.take();
}

struct BlockFields {
    KeyBlock keys;
    Bytes settings_digest;
    std::string settings_copy;   // Empty in objects of versions that did not keep it.
};

BlockFields read_block(ByteView plain) {
    BlockFields block;
    read_tagged(plain, "key block", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case kTagIdentity: block.keys.identity = Secret(to_bytes(value.raw(kKeyBytes))); return true;
        case kTagKeyEncryption: block.keys.key_encryption = Secret(to_bytes(value.raw(kKeyBytes))); return true;
        case kTagSettings: block.settings_digest = to_bytes(value.raw(sizeof(Digest))); return true;
        case kTagSettingsCopy: block.settings_copy = rest_as_text(value); return true;
        default: return false;
        }
    });
    return block;
}

// The digest of repository.json stands inside the sealed block: a store cannot swap it for one that turns
// encryption off, and no bit of it can flip unseen.
KeyBlock decode_block(const RepositorySettings& settings, ByteView plain) {
    BlockFields block = read_block(plain);
    if (block.keys.identity.empty() || block.keys.key_encryption.empty() ||
        !equal_in_constant_time(block.settings_digest, settings_digest(settings))) {
        throw Error(ErrorCode::Corrupt, "repository.json is not the one that the repository's key was made for", std::string(kRepairHint));
    }
    return std::move(block.keys);
}

// The block of a key object in clear, or that `master` opens; nothing where it does not.
std::optional<Secret> open_block(const KeyObjectParts& parts, const MasterKey& master) {
    if (parts.kind == MasterKind::Clear) {
        const Secret no_key;
        auto plain = PieceCipher(Suite::Checksum, no_key).open(0, parts.head, parts.wrapped);
        if (!plain) throw Error(ErrorCode::Corrupt, "the repository's key object is damaged");
        return Secret(std::move(*plain));
    }
    if (master_kind_of(master) != parts.kind) return std::nullopt;
    try {
        return Secret(open_once(wrapping_key(master, parts.kind, parts.salt, parts.cost), parts.head, parts.wrapped));
    } catch (const Error& error) {
        if (error.code == ErrorCode::WrongKey) return std::nullopt;
        throw;
    }
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
    // Only a repository that says it is not encrypted may be opened without a key.
    if ((parts.kind == MasterKind::Clear) != (settings.suite == Suite::Checksum)) return std::nullopt;
    const auto plain = open_block(parts, master);
    if (!plain) return std::nullopt;
    return decode_block(settings, plain->reveal());
}

std::optional<SettingsCopy> settings_from_key_object(const MasterKey& master, bool encrypted, ByteView object) {
    const KeyObjectParts parts = parse_key_object(object);
    if ((parts.kind == MasterKind::Clear) == encrypted) return std::nullopt;
    const auto plain = open_block(parts, master);
    if (!plain) return std::nullopt;
    const BlockFields block = read_block(plain->reveal());
    if (block.settings_copy.empty()) return SettingsCopy{parts.repository, std::nullopt};
    SettingsCopy copy{parts.repository, parse_settings(block.settings_copy)};
    if (copy.settings->id != parts.repository || (copy.settings->suite == Suite::Checksum) == encrypted ||
        !equal_in_constant_time(block.settings_digest, settings_digest(*copy.settings))) {
        throw Error(ErrorCode::Corrupt, "a key object whose copy of repository.json is not the one it was made for");
    }
    return copy;
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
