#include "engine/repository/piece_cipher.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kObjectHeaderBytes = 32;

// The first 16 bytes of SHA-256 over nonce, length of the associated data, associated data and piece.
Digest piece_checksum(std::uint64_t nonce, ByteView associated, ByteView plain) {
    ByteWriter head;
    head.u64(nonce);
    head.u64(associated.size());
    Sha256 hash;
    hash.update(head.bytes());
    hash.update(associated);
    hash.update(plain);
    return hash.finish();
}

Bytes object_associated(ByteView header, std::string_view name) {
    Bytes associated = to_bytes(header);
    const ByteView text = as_bytes(name);
    associated.insert(associated.end(), text.begin(), text.end());
    return associated;
}

}  // namespace

PieceCipher::PieceCipher(Suite suite, const Secret& key) {
    if (suite == Suite::Aes256Gcm) sealer_.emplace(key);
}

void PieceCipher::seal(std::uint64_t nonce, ByteView associated, ByteView plain, std::span<std::byte> out) {
    HOLDFAST_CHECK(out.size() == plain.size() + kSealOverheadBytes);
    if (sealer_) return sealer_->seal(nonce, associated, plain, out);
    std::ranges::copy(plain, out.begin());
    const Digest sum = piece_checksum(nonce, associated, plain);
    std::copy_n(sum.begin(), kSealOverheadBytes, out.begin() + static_cast<std::ptrdiff_t>(plain.size()));
}

Bytes PieceCipher::seal(std::uint64_t nonce, ByteView associated, ByteView plain) {
    Bytes out(plain.size() + kSealOverheadBytes);
    seal(nonce, associated, plain, out);
    return out;
}

bool PieceCipher::open(std::uint64_t nonce, ByteView associated, ByteView sealed, std::span<std::byte> out) {
    if (sealed.size() < kSealOverheadBytes) return false;
    HOLDFAST_CHECK(out.size() == sealed.size() - kSealOverheadBytes);
    if (sealer_) return sealer_->open(nonce, associated, sealed, out);
    const ByteView plain = sealed.first(out.size());
    std::ranges::copy(plain, out.begin());
    const Digest sum = piece_checksum(nonce, associated, plain);
    return std::ranges::equal(sealed.subspan(out.size()), ByteView(sum).first(kSealOverheadBytes));
}

std::optional<Bytes> PieceCipher::open(std::uint64_t nonce, ByteView associated, ByteView sealed) {
    if (sealed.size() < kSealOverheadBytes) return std::nullopt;
    Bytes out(sealed.size() - kSealOverheadBytes);
    if (!open(nonce, associated, sealed, out)) return std::nullopt;
    return out;
}

Bytes seal_object(const ObjectSealing& sealing, std::string_view magic, std::string_view name, ByteView plain) {
    ByteWriter header;
    write_magic(header, magic);
    header.u8(static_cast<std::uint8_t>(sealing.suite));
    for (int i = 0; i < 7; ++i) header.u8(0);
    const Bytes salt = random_bytes(16);
    header.raw(salt);
    PieceCipher cipher(sealing.suite, derive_key(*sealing.key, salt, "holdfast object"));
    const Bytes sealed = cipher.seal(0, object_associated(header.bytes(), name), plain);
    header.raw(sealed);
    return header.take();
}

Bytes open_object(const ObjectSealing& sealing, std::string_view magic, std::string_view name, ByteView object) {
    ByteReader reader(object, name);
    expect_magic(reader, magic, name);
    const std::uint8_t suite = reader.u8();
    reader.raw(7);
    const ByteView salt = reader.raw(16);
    if (suite != static_cast<std::uint8_t>(sealing.suite)) {
        throw Error(ErrorCode::Corrupt, fmt::format("{} is not protected as this repository says", name));
    }
    PieceCipher cipher(sealing.suite, derive_key(*sealing.key, salt, "holdfast object"));
    auto plain = cipher.open(0, object_associated(object.first(kObjectHeaderBytes), name), reader.raw(reader.left()));
    if (!plain) throw Error(ErrorCode::Corrupt, fmt::format("{} is damaged: it does not authenticate", name));
    return std::move(*plain);
}

void write_magic(ByteWriter& writer, std::string_view magic) {
    writer.raw(as_bytes(magic));
    writer.u16(kFormatVersion);
}

void expect_magic(ByteReader& reader, std::string_view magic, std::string_view what) {
    if (as_text(reader.raw(magic.size())) != magic) {
        throw Error(ErrorCode::Corrupt, fmt::format("{} is damaged: it does not begin as it should", what));
    }
    const std::uint16_t version = reader.u16();
    if (version > kFormatVersion) {
        // The version is read before anything is authenticated: of one object alone a flipped bit is the likelier cause, and
        // must not stop what can do without the object. What old programs may not touch, repository.json says.
        throw Error(ErrorCode::Corrupt, fmt::format("{} is damaged, or was written by a newer version (format {})", what, version),
                    "`runbook catalog verify` names everything that is damaged.");
    }
    if (version == 0) throw Error(ErrorCode::Corrupt, fmt::format("{} is damaged: format 0", what));
}

}  // namespace holdfast
