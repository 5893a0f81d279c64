// One object of a server's write-ahead log: its bytes from one place to another, sealed, and what they say about transactions.
// FORMAT.md, section 19, specifies every byte.
#pragma once

#include "engine/crypto/hash.hpp"
#include "engine/model/wal.hpp"
#include "engine/repository/keyring.hpp"

namespace holdfast {

inline constexpr std::string_view kWalPrefix = "wal/";
inline constexpr std::string_view kWalPieceMagic{"HFWALP", 6};
inline constexpr std::uint64_t kWalPieceBytesMost = 16u << 20;   // Plain; and no piece lies across a multiple of it.
inline constexpr std::uint64_t kWalBlockBytes = 256u << 10;
inline constexpr std::uint64_t kWalIndexBytesMost = 64u << 20;
inline constexpr std::size_t kWalHeadBytes = 48;

struct WalPieceName {
    DatabaseName database;
    WalBranch branch;
    Lsn begin, end;
    auto operator<=>(const WalPieceName&) const = default;
    std::uint64_t bytes() const { return end - begin; }
    bool covers(const WalPieceName& other) const { return branch == other.branch && begin <= other.begin && other.end <= end; }
    bool meets(const WalPieceName& other) const { return branch == other.branch && begin < other.end && other.begin < end; }
};
// "wal/<database>/<system>/<timeline>/<begin in 256 MiB>/<begin>-<end>"
std::string wal_piece_object(const WalPieceName& name);
std::optional<WalPieceName> wal_piece_of_object(std::string_view object);
// Of everything of one database; of one branch; of what begins in the 256 MiB around `at`.
std::string wal_prefix(const DatabaseName& database);
std::string wal_prefix(const DatabaseName& database, const WalBranch& branch);
std::string wal_prefix(const DatabaseName& database, const WalBranch& branch, Lsn at);
// A small file of a cluster beside its log, by the server's name for it: "00000002.history".
std::string wal_file_object(const DatabaseName& database, std::uint64_t system, std::string_view name);

// What a piece says besides its bytes.
struct WalPieceIndex {
    Digest digest{};                         // SHA-256 of the bytes.
    std::uint32_t segment_bytes = 0;         // Of the server's files; 0: this is no part of a log.
    std::uint32_t version = 0;               // Major version of the server.
    Instant written;
    Lsn resume_at;                           // A record that is not whole begins there, at the end of this piece; else the next one.
    std::vector<WalTransaction> transactions;  // Whose records end in it, in order.
    struct Block {
        std::uint32_t bytes = 0, stored = 0;   // Plain; compressed, without the seal.
        Codec codec = Codec::None;
        bool operator==(const Block&) const = default;
    };
    std::vector<Block> blocks;
    bool operator==(const WalPieceIndex&) const = default;
};
Bytes encode_wal_index(const WalPieceIndex& index, Lsn begin);
WalPieceIndex decode_wal_index(ByteView record, Lsn begin);   // Throws Corrupt, Unavailable.

// The sealed object. `index.digest` and `index.blocks` are filled in.
Bytes seal_wal_piece(Keyring& keys, const KeyId& owner, std::string_view object, Lsn begin, ByteView bytes, WalPieceIndex index);

struct OpenedWalPiece {
    WalPieceIndex index;
    Bytes bytes;                             // Empty where only the index was asked for.
};
// Throws Corrupt (naming the object), Missing, CannotRecover (its key was destroyed).
OpenedWalPiece read_wal_piece(Store& store, Keyring& keys, const std::string& object, Lsn begin, bool with_bytes);

}  // namespace holdfast
