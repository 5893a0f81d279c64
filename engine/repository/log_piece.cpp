#include "engine/repository/log_piece.hpp"

#include <charconv>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kFirstReadBytes = 16u << 10;    // All of a small piece.
constexpr std::size_t kCompressedIndexLeast = 1024;     // Below, what compression saves is not worth its making.
constexpr std::uint64_t kAheadBytes = 2u << 20;
constexpr std::uint64_t kIndexNonce = 0;                // Block n has nonce n + 1.

Bytes index_associated(ByteView header, const LogPieceName& name) {
    Bytes associated = to_bytes(header);
    const std::string text = log_piece_object(name);
    const ByteView object = as_bytes(text);
    associated.insert(associated.end(), object.begin(), object.end());
    return associated;
}

Bytes index_body(ByteView plain) {
    if (plain.size() >= kCompressedIndexLeast) return pack_body(plain, 3);
    ByteWriter body;
    body.u8(static_cast<std::uint8_t>(Codec::None));
    body.varint(plain.size());
    body.raw(plain);
    return body.take();
}

std::optional<std::uint64_t> parse_hex(std::string_view text, std::size_t digits_least, std::size_t digits_most) {
    std::uint64_t value = 0;
    if (text.size() < digits_least || text.size() > digits_most || std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'F'; })) return std::nullopt;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

PieceCipher cipher_of(Keyring& keys, const KeyId& owner, ByteView header) {
    const auto key = keys.log_key(owner, header.subspan(32, 16));
    if (key) return PieceCipher(keys.suite(), *key);
    if (keys.is_destroyed(owner)) throw Error(ErrorCode::CannotRecover, "the data key of this log was destroyed");
    throw Error(ErrorCode::Missing, fmt::format("the data key {} of this log is not in the repository", owner.text()),
                "Restore the folder data-keys/ from another copy of this store.");
}

struct Header {
    KeyId owner;
    std::uint32_t index_bytes = 0;
};

Header decode_header(Keyring& keys, ByteView bytes, std::uint64_t object_bytes) {
    ByteReader reader(bytes, "a piece of a log");
    expect_magic(reader, kLogPieceMagic, "a piece of a log");
    const std::uint8_t suite = reader.u8();
    reader.raw(3);
    Header header;
    header.index_bytes = reader.u32();
    header.owner = id_from_bytes<KeyId>(reader.raw(16));
    if (suite != static_cast<std::uint8_t>(keys.suite())) throw Error(ErrorCode::Corrupt, "a piece of a log that is not protected as this repository says");
    const bool fits = object_bytes >= kLogHeaderBytes && object_bytes <= kLogPieceBytesMax && header.index_bytes <= object_bytes - kLogHeaderBytes &&
                      header.index_bytes <= kLogIndexBytesMax;
    if (!fits) throw Error(ErrorCode::Corrupt, "a piece of a log whose parts do not fit");
    return header;
}

// `bytes`: at least header and index.
OpenedLogPiece open_index(Keyring& keys, const LogPieceName& name, ByteView bytes, std::uint64_t object_bytes) {
    const Header header = decode_header(keys, bytes, object_bytes);
    OpenedLogPiece piece{.name = name, .bytes = object_bytes, .header = to_bytes(bytes.first(kLogHeaderBytes)), .owner = header.owner, .index = {}, .whole = {}};
    piece.blocks_at = kLogHeaderBytes + header.index_bytes;
    PieceCipher cipher = cipher_of(keys, header.owner, piece.header);
    const auto body = cipher.open(kIndexNonce, index_associated(piece.header, name), bytes.subspan(kLogHeaderBytes, header.index_bytes));
    if (!body) throw Error(ErrorCode::Corrupt, "its index does not authenticate");
    piece.index = decode_log_index(unpack_body(*body, kLogIndexBytesMax, "a piece of a log"));
    std::uint64_t end = piece.blocks_at;
    for (const LogBlock& block : piece.index.blocks) end += block.stored + kSealOverheadBytes;
    if (end != object_bytes) throw Error(ErrorCode::Corrupt, "its blocks do not fill it");
    return piece;
}

[[noreturn]] void say_which(Error& error, const LogPieceName& name) {
    error.message = fmt::format("{} is damaged: {}", log_piece_object(name), error.message);
    if (error.hint.empty()) error.hint = "`runbook catalog verify` names everything that is damaged.";
    throw error;
}

}  // namespace

LogLink random_log_link() {
    LogLink link;
    std::ranges::copy(random_bytes(link.bytes.size()), link.bytes.begin());
    return link;
}

std::string logs_prefix(const DatabaseName& database) { return std::string(kLogsPrefix) + escape_database(database) + "/"; }
std::string log_stream_prefix(const DatabaseName& database, const LogStreamId& stream) { return logs_prefix(database) + stream.str() + "/"; }

std::string log_piece_object(const LogPieceName& name) {
    std::string object = fmt::format("{}{:016x}-{:016x}", log_stream_prefix(name.database, name.stream), name.first, name.last);
    if (name.generation != 0) object += fmt::format(".{:x}", name.generation);
    return object;
}

std::optional<LogPieceName> log_piece_of_object(std::string_view object) {
    if (!object.starts_with(kLogsPrefix)) return std::nullopt;
    const std::string_view path = object.substr(kLogsPrefix.size());
    const auto slash = path.find('/');
    const auto second = slash == std::string_view::npos ? slash : path.find('/', slash + 1);
    if (second == std::string_view::npos || second == slash + 1) return std::nullopt;
    const auto database = unescape_database(path.substr(0, slash));
    const std::string_view numbers = path.substr(second + 1);
    if (!database || numbers.size() < 33 || numbers[16] != '-') return std::nullopt;
    const auto first = parse_hex(numbers.substr(0, 16), 16, 16);
    const auto last = parse_hex(numbers.substr(17, 16), 16, 16);
    std::optional<std::uint64_t> generation = 0;
    if (numbers.size() > 33) generation = numbers[33] == '.' ? parse_hex(numbers.substr(34), 1, 8) : std::nullopt;
    if (!first || !last || !generation || *first == 0 || *last < *first || *last == ~std::uint64_t{0}) return std::nullopt;
    LogPieceName name{*database, LogStreamId(std::string(path.substr(slash + 1, second - slash - 1))), *first, *last, static_cast<std::uint32_t>(*generation)};
    if (log_piece_object(name) != object) return std::nullopt;   // One piece has one name.
    return name;
}

void LogPieceBuilder::add(std::uint64_t page, FrameCoding coding, ByteView frame) {
    auto& blocks = index_.blocks;
    PageVersion version{.page = page, .coding = coding, .bytes = static_cast<std::uint32_t>(frame.size()), .block = 0, .offset = 0};
    if (!frame.empty()) {
        if (blocks.empty() || blocks.back().bytes >= kLogBlockBytes) blocks.push_back({});
        version.block = static_cast<std::uint32_t>(blocks.size() - 1);
        version.offset = blocks.back().bytes;
        blocks.back().bytes += version.bytes;
        blocks.back().stored = blocks.back().bytes;
        frames_.insert(frames_.end(), frame.begin(), frame.end());
    }
    index_.versions.push_back(version);
}

Bytes LogPieceBuilder::seal(Keyring& keys, const KeyId& owner, const LogPieceName& name, bool compress) const {
    std::vector<Bytes> compressed(compress ? index_.blocks.size() : 0);
    LogPieceIndex index;
    if (compress) {
        index = index_;
        ChunkCompressor compressor(CompressionSpec{CompressionKind::Zstd, 3});
        std::size_t at = 0;
        for (std::size_t i = 0; i < index.blocks.size(); ++i) {
            LogBlock& block = index.blocks[i];
            if (compressor.compress(ByteView(frames_).subspan(at, block.bytes), compressed[i]) == Codec::None) compressed[i].clear();
            else block.stored = static_cast<std::uint32_t>(compressed[i].size());
            at += block.bytes;
        }
    }
    const LogPieceIndex& written = compress ? index : index_;
    const Bytes body = index_body(encode_log_index(written));
    if (body.size() + kSealOverheadBytes > kLogIndexBytesMax) throw Error(ErrorCode::Internal, "a piece of a log with too many transactions");
    ByteWriter out;
    write_magic(out, kLogPieceMagic);
    out.u8(static_cast<std::uint8_t>(keys.suite()));
    for (int i = 0; i < 3; ++i) out.u8(0);
    out.u32(static_cast<std::uint32_t>(body.size() + kSealOverheadBytes));
    out.raw(owner.bytes);
    const Bytes salt = random_bytes(16);
    out.raw(salt);
    const Bytes header = out.bytes();
    const auto key = keys.log_key(owner, salt);
    if (!key) throw Error(ErrorCode::Changed, "this database's data key was destroyed while its log was written");
    PieceCipher cipher(keys.suite(), *key);
    std::uint64_t bytes = header.size() + body.size() + kSealOverheadBytes;
    for (const LogBlock& block : written.blocks) bytes += block.stored + kSealOverheadBytes;
    Bytes object(bytes);
    std::ranges::copy(header, object.begin());
    std::uint64_t at = header.size();
    const auto seal_next = [&](std::uint64_t nonce, ByteView associated, ByteView plain) {
        cipher.seal(nonce, associated, plain, std::span(object).subspan(at, plain.size() + kSealOverheadBytes));
        at += plain.size() + kSealOverheadBytes;
    };
    seal_next(kIndexNonce, index_associated(header, name), body);
    std::size_t from = 0;
    for (std::size_t i = 0; i < written.blocks.size(); ++i) {
        const bool small = compress && !compressed[i].empty();
        seal_next(i + 1, header, small ? ByteView(compressed[i]) : ByteView(frames_).subspan(from, written.blocks[i].bytes));
        from += written.blocks[i].bytes;
    }
    return object;
}

OpenedLogPiece open_log_piece(Keyring& keys, const LogPieceName& name, ByteView object) {
    if (object.size() < kLogHeaderBytes) throw Error(ErrorCode::Corrupt, "a piece of a log that is cut short");
    OpenedLogPiece piece = open_index(keys, name, object, object.size());
    piece.whole = to_bytes(object);
    return piece;
}

OpenedLogPiece read_log_piece(Store& store, Keyring& keys, const LogPieceName& name, std::uint64_t object_bytes) {
    try {
        if (object_bytes < kLogHeaderBytes) throw Error(ErrorCode::Corrupt, "it is cut short");
        const std::string object = log_piece_object(name);
        Bytes bytes(std::min(object_bytes, kFirstReadBytes));
        store.get_range(object, 0, bytes);
        const std::uint64_t needed = kLogHeaderBytes + decode_header(keys, bytes, object_bytes).index_bytes;
        if (needed > bytes.size()) {
            const std::size_t there = bytes.size();
            bytes.resize(needed);
            store.get_range(object, there, std::span(bytes).subspan(there));
        }
        OpenedLogPiece piece = open_index(keys, name, bytes, object_bytes);
        if (bytes.size() == object_bytes) piece.whole = std::move(bytes);
        return piece;
    } catch (Error& error) {
        if (error.code == ErrorCode::Corrupt) say_which(error, name);
        throw;
    }
}

LogBlocks::LogBlocks(Store& store, Keyring& keys, const OpenedLogPiece& piece)
    : store_(store), object_(log_piece_object(piece.name)), header_(piece.header), whole_(piece.whole), blocks_(piece.index.blocks),
      cipher_(cipher_of(keys, piece.owner, piece.header)) {
    offsets_.push_back(piece.blocks_at);
    for (const LogBlock& block : blocks_) offsets_.push_back(offsets_.back() + block.stored + kSealOverheadBytes);
}

// The sealed block, of what is in memory already or fetched now.
ByteView LogBlocks::stored(std::uint32_t number, bool ahead) {
    const std::uint64_t at = offsets_[number], bytes = offsets_[number + 1] - at;
    if (!whole_.empty()) return ByteView(whole_).subspan(at, bytes);
    if (at < window_at_ || at + bytes > window_at_ + window_.size()) {
        std::uint32_t end = number + 1;
        while (ahead && end < blocks_.size() && offsets_[end + 1] - at <= kAheadBytes) ++end;
        window_.resize(offsets_[end] - at);
        window_at_ = at;
        store_.get_range(object_, at, window_);
        fetched_bytes_ += window_.size();
    }
    return ByteView(window_).subspan(at - window_at_, bytes);
}

ByteView LogBlocks::block(std::uint32_t number, bool ahead) {
    HOLDFAST_CHECK(number < blocks_.size());
    if (current_ == number) return plain_;
    current_.reset();
    const LogBlock& facts = blocks_[number];
    const bool direct = facts.stored == facts.bytes;
    const ByteView sealed = stored(number, ahead);
    Bytes& content = direct ? plain_ : opened_;
    content.resize(facts.stored);
    if (!cipher_.open(number + 1, header_, sealed, content)) {
        window_.clear();
        throw Error(ErrorCode::Corrupt, fmt::format("{} is damaged: block {} does not authenticate", object_, number),
                    "`runbook catalog verify` names everything that is damaged.");
    }
    if (!direct) {
        plain_.resize(facts.bytes);
        decompressor_.decompress(Codec::Zstd, opened_, plain_);
    }
    current_ = number;
    return plain_;
}

}  // namespace holdfast
