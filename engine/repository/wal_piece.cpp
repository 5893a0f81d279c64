#include "engine/repository/wal_piece.hpp"

#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/repository/codec.hpp"
#include "engine/repository/tagged.hpp"

namespace holdfast {
namespace {

constexpr unsigned kFolderBits = 28;
constexpr std::uint64_t kFirstReadBytes = 16u << 10;    // All of a small piece.
constexpr std::uint64_t kObjectBytesMost = kWalPieceBytesMost + kWalIndexBytesMost + (1u << 20);
constexpr std::uint64_t kIndexNonce = 0;                // Block n has nonce n + 1.

enum Tag : std::uint64_t { kWritten = 1, kDigest = 2, kSegmentBytes = 3, kTransactions = 4, kVersion = 5, kBlocks = 6, kResumeAt = 7 };

std::optional<std::uint64_t> parse_hex(std::string_view text, std::size_t digits) {
    std::uint64_t value = 0;
    if (text.size() != digits || text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

// The part up to the next '/', which is taken off.
std::string_view next_part(std::string_view& text) {
    const std::string_view part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
}

bool is_well_placed(const WalPieceName& name) {
    return name.branch.timeline != 0 && name.begin < name.end && name.begin.bytes / kWalPieceBytesMost == (name.end.bytes - 1) / kWalPieceBytesMost;
}

Bytes associated(ByteView header, std::string_view object) {
    Bytes bytes = to_bytes(header);
    const ByteView name = as_bytes(object);
    bytes.insert(bytes.end(), name.begin(), name.end());
    return bytes;
}

Bytes encode_transactions(const std::vector<WalTransaction>& transactions, Lsn begin) {
    ByteWriter out;
    out.varint(transactions.size());
    // A record may begin in an earlier piece.
    std::uint64_t at = begin.bytes;
    std::int64_t micros = 0;
    for (const WalTransaction& each : transactions) {
        out.varint(zigzag(static_cast<std::int64_t>(each.at.bytes - at)));
        out.varint(each.end - each.at);
        out.varint(each.xid);
        out.varint(zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(each.micros) - static_cast<std::uint64_t>(micros))));
        out.text(each.restore_point);
        at = each.at.bytes;
        micros = each.micros;
    }
    return out.take();
}

std::vector<WalTransaction> decode_transactions(ByteReader& in, Lsn begin) {
    std::vector<WalTransaction> transactions(in.count(5));
    std::uint64_t at = begin.bytes;
    std::uint64_t micros = 0;
    for (WalTransaction& each : transactions) {
        each.at.bytes = at += static_cast<std::uint64_t>(unzigzag(in.varint()));
        each.end = each.at + in.varint();
        const std::uint64_t xid = in.varint();
        if (xid > 0xffffffffU || each.end < each.at) throw Error(ErrorCode::Corrupt, "a piece of a write-ahead log that cannot be read");
        each.xid = static_cast<std::uint32_t>(xid);
        each.micros = static_cast<std::int64_t>(micros += static_cast<std::uint64_t>(unzigzag(in.varint())));
        each.restore_point = in.text();
    }
    return transactions;
}

std::vector<WalPieceIndex::Block> decode_blocks(ByteReader& in) {
    std::vector<WalPieceIndex::Block> blocks(in.count(3));
    std::uint64_t total = 0;
    for (WalPieceIndex::Block& block : blocks) {
        const std::uint64_t bytes = in.varint(), stored = in.varint();
        total += bytes;
        if (bytes == 0 || bytes > kWalBlockBytes || stored > bytes || total > kWalPieceBytesMost) {
            throw Error(ErrorCode::Corrupt, "a piece of a write-ahead log whose blocks make no sense");
        }
        block = {.bytes = static_cast<std::uint32_t>(bytes), .stored = static_cast<std::uint32_t>(stored), .codec = static_cast<Codec>(in.u8())};
    }
    return blocks;
}

PieceCipher cipher_of(Keyring& keys, const KeyId& owner, ByteView salt) {
    const auto key = keys.log_key(owner, salt);
    if (key) return PieceCipher(keys.suite(), *key);
    if (keys.is_destroyed(owner)) throw Error(ErrorCode::CannotRecover, "the data key of this log was destroyed");
    throw Error(ErrorCode::Missing, fmt::format("the data key {} of this log is not in the repository", owner.text()),
                "Restore the folder data-keys/ from another copy of this store.");
}

// Reads an object from its beginning on, a little ahead.
class ObjectReading {
public:
    ObjectReading(Store& store, const std::string& object) : store_(store), object_(object) {
        const auto there = store.look_at(object);
        if (!there) throw Error(ErrorCode::Missing, fmt::format("{} is not in the store", object));
        if (there->bytes < kWalHeadBytes || there->bytes > kObjectBytesMost) throw Error(ErrorCode::Corrupt, "its length makes no sense");
        size_ = there->bytes;
    }
    std::uint64_t size() const { return size_; }
    ByteView upto(std::uint64_t bytes) {
        if (bytes > size_) throw Error(ErrorCode::Corrupt, "it is cut short");
        if (bytes > read_.size()) {
            const std::uint64_t from = read_.size();
            read_.resize(std::min(size_, std::max(bytes, kFirstReadBytes)));
            store_.get_range(object_, from, std::span(read_).subspan(from));
        }
        return ByteView(read_).first(bytes);
    }

private:
    Store& store_;
    const std::string& object_;
    std::uint64_t size_ = 0;
    Bytes read_;
};

void open_blocks(PieceCipher& cipher, ByteView header, ByteView sealed, OpenedWalPiece& piece) {
    std::uint64_t total = 0;
    for (const auto& block : piece.index.blocks) total += block.bytes;
    piece.bytes.resize(total);
    ChunkDecompressor decompressor;
    Bytes content;
    std::size_t at = 0;
    std::uint64_t nonce = kIndexNonce;
    for (const auto& block : piece.index.blocks) {
        content.resize(block.stored);
        const std::size_t size = block.stored + kSealOverheadBytes;
        if (sealed.size() < size || !cipher.open(++nonce, header, sealed.first(size), content)) throw Error(ErrorCode::Corrupt, "a block does not authenticate");
        decompressor.decompress(block.codec, content, std::span(piece.bytes).subspan(at, block.bytes));
        at += block.bytes;
        sealed = sealed.subspan(size);
    }
    if (!sealed.empty()) throw Error(ErrorCode::Corrupt, "bytes are left over behind its blocks");
    if (sha256(piece.bytes) != piece.index.digest) throw Error(ErrorCode::Corrupt, "its bytes are not those that it says");
}

}  // namespace

std::string wal_prefix(const DatabaseName& database) { return fmt::format("{}{}/", kWalPrefix, escape_database(database)); }
std::string wal_prefix(const DatabaseName& database, const WalBranch& branch) {
    return fmt::format("{}{:016x}/{:08x}/", wal_prefix(database), branch.system, branch.timeline);
}
std::string wal_prefix(const DatabaseName& database, const WalBranch& branch, Lsn at) {
    return fmt::format("{}{:09x}/", wal_prefix(database, branch), at.bytes >> kFolderBits);
}
std::string wal_piece_object(const WalPieceName& name) {
    return fmt::format("{}{:016x}-{:016x}", wal_prefix(name.database, name.branch, name.begin), name.begin.bytes, name.end.bytes);
}
std::string wal_file_object(const DatabaseName& database, std::uint64_t system, std::string_view name) {
    return fmt::format("{}{:016x}/files/{}", wal_prefix(database), system, name);
}

std::optional<WalPieceName> wal_piece_of_object(std::string_view object) {
    if (!object.starts_with(kWalPrefix)) return std::nullopt;
    std::string_view rest = object.substr(kWalPrefix.size());
    const auto database = unescape_database(next_part(rest));
    const auto system = parse_hex(next_part(rest), 16), timeline = parse_hex(next_part(rest), 8);
    next_part(rest);
    const auto begin = parse_hex(rest.substr(0, 16), 16), end = parse_hex(rest.substr(std::min<std::size_t>(rest.size(), 17)), 16);
    if (!database || !system || !timeline || !begin || !end) return std::nullopt;
    const WalPieceName name{*database, {*system, static_cast<TimelineNumber>(*timeline)}, Lsn{*begin}, Lsn{*end}};
    // One piece has one name.
    return is_well_placed(name) && wal_piece_object(name) == object ? std::optional(name) : std::nullopt;
}

Bytes encode_wal_index(const WalPieceIndex& index, Lsn begin) {
    TagWriter out;
    out.instant(kWritten, index.written);
    out.bytes(kDigest, index.digest);
    out.number(kSegmentBytes, index.segment_bytes);
    out.number(kVersion, index.version);
    out.number(kResumeAt, index.resume_at.bytes);
    out.bytes(kTransactions, encode_transactions(index.transactions, begin));
    ByteWriter blocks;
    blocks.varint(index.blocks.size());
    for (const auto& block : index.blocks) {
        blocks.varint(block.bytes);
        blocks.varint(block.stored);
        blocks.u8(static_cast<std::uint8_t>(block.codec));
    }
    out.bytes(kBlocks, blocks.bytes());
    return out.take();
}

WalPieceIndex decode_wal_index(ByteView record, Lsn begin) {
    WalPieceIndex index;
    const auto small = [](ByteReader& value) {
        const std::uint64_t number = value.varint();
        if (number > 0xffffffffU) throw Error(ErrorCode::Corrupt, "a piece of a write-ahead log that cannot be read");
        return static_cast<std::uint32_t>(number);
    };
    read_tagged(record, "a piece of a write-ahead log", [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
            case kWritten: index.written = read_instant(value); return true;
            case kDigest: std::ranges::copy(value.raw(index.digest.size()), index.digest.begin()); return true;
            case kSegmentBytes: index.segment_bytes = small(value); return true;
            case kVersion: index.version = small(value); return true;
            case kResumeAt: index.resume_at = Lsn{value.varint()}; return true;
            case kTransactions: index.transactions = decode_transactions(value, begin); return true;
            case kBlocks: index.blocks = decode_blocks(value); return true;
            default: return false;
        }
    });
    return index;
}

Bytes seal_wal_piece(Keyring& keys, const KeyId& owner, std::string_view object, Lsn begin, ByteView bytes, WalPieceIndex index) {
    index.digest = sha256(bytes);
    index.blocks.clear();
    ChunkCompressor compressor{CompressionSpec{}};
    std::vector<Bytes> contents;
    std::uint64_t total = 0;
    for (ByteView rest = bytes; !rest.empty();) {
        const ByteView plain = rest.first(std::min<std::size_t>(rest.size(), kWalBlockBytes));
        Bytes& content = contents.emplace_back();
        const Codec codec = compressor.compress(plain, content);
        if (codec == Codec::None) content = to_bytes(plain);
        index.blocks.push_back({.bytes = static_cast<std::uint32_t>(plain.size()), .stored = static_cast<std::uint32_t>(content.size()), .codec = codec});
        total += content.size() + kSealOverheadBytes;
        rest = rest.subspan(plain.size());
    }
    const Bytes body = pack_body(encode_wal_index(index, begin), 3);
    const Bytes salt = random_bytes(16);
    ByteWriter out;
    write_magic(out, kWalPieceMagic);
    out.u8(static_cast<std::uint8_t>(keys.suite()));
    for (int i = 0; i < 3; ++i) out.u8(0);
    out.u32(static_cast<std::uint32_t>(body.size() + kSealOverheadBytes));
    out.raw(owner.bytes);
    out.raw(salt);
    const Bytes header = out.bytes();
    PieceCipher cipher = cipher_of(keys, owner, salt);
    Bytes sealed(header.size() + body.size() + kSealOverheadBytes + total);
    std::ranges::copy(header, sealed.begin());
    std::size_t at = header.size();
    const auto seal_next = [&](std::uint64_t nonce, ByteView with, ByteView plain) {
        cipher.seal(nonce, with, plain, std::span(sealed).subspan(at, plain.size() + kSealOverheadBytes));
        at += plain.size() + kSealOverheadBytes;
    };
    seal_next(kIndexNonce, associated(header, object), body);
    std::uint64_t nonce = kIndexNonce;
    for (const Bytes& content : contents) seal_next(++nonce, header, content);
    return sealed;
}

OpenedWalPiece read_wal_piece(Store& store, Keyring& keys, const std::string& object, Lsn begin, bool with_bytes) {
    try {
        ObjectReading reading(store, object);
        const Bytes header = to_bytes(reading.upto(kWalHeadBytes));
        ByteReader in(header, "a piece of a write-ahead log");
        expect_magic(in, kWalPieceMagic, "a piece of a write-ahead log");
        if (in.u8() != static_cast<std::uint8_t>(keys.suite())) throw Error(ErrorCode::Corrupt, "it is not protected as this repository says");
        in.raw(3);
        const std::uint64_t index_bytes = in.u32();
        const KeyId owner = id_from_bytes<KeyId>(in.raw(16));
        if (index_bytes > kWalIndexBytesMost) throw Error(ErrorCode::Corrupt, "its index is too large");
        PieceCipher cipher = cipher_of(keys, owner, in.raw(16));
        const ByteView sealed = reading.upto(kWalHeadBytes + index_bytes).subspan(kWalHeadBytes);
        const auto body = cipher.open(kIndexNonce, associated(header, object), sealed);
        if (!body) throw Error(ErrorCode::Corrupt, "its index does not authenticate");
        OpenedWalPiece piece;
        piece.index = decode_wal_index(unpack_body(*body, kWalIndexBytesMost, "a piece of a write-ahead log"), begin);
        if (with_bytes) open_blocks(cipher, header, reading.upto(reading.size()).subspan(kWalHeadBytes + index_bytes), piece);
        return piece;
    } catch (Error& error) {
        if (error.code != ErrorCode::Corrupt) throw;
        error.message = fmt::format("{} is damaged: {}", object, error.message);
        error.hint = "`runbook catalog verify` names everything that is damaged.";
        throw;
    }
}

}  // namespace holdfast
