// One piece of a log stream, `logs/<database>/<stream>/<first>-<last>`: what transactions it holds (its index) and their
// frames, in sealed blocks. FORMAT.md, "Logs", specifies every byte; this file writes and reads them.
#pragma once

#include "engine/repository/codec.hpp"
#include "engine/repository/keyring.hpp"
#include "engine/repository/log.hpp"
#include "engine/repository/log_frame.hpp"

namespace holdfast {

inline constexpr std::string_view kLogPieceMagic{"HFLOGP", 6};
inline constexpr std::string_view kLogsPrefix = "logs/";
inline constexpr std::size_t kLogHeaderBytes = 48;
inline constexpr std::size_t kLogBlockBytes = 32u << 10;                              // A block ends with the frame that fills it to so much.
inline constexpr std::size_t kLogBlockBytesMax = kLogBlockBytes + kFrameBytesMax;
inline constexpr std::uint64_t kLogIndexBytesMax = 16u << 20;                         // Sealed, and plain.
inline constexpr std::uint64_t kLogPieceBytesMax = 64u << 20;

// Names what a piece ends with, so that the next can say what it follows. Random.
using LogLink = Id16<struct LogLinkTag>;
LogLink random_log_link();

// Pieces count from 1. One that was merged spans those it replaces; one that replaces another of the same span has a
// higher generation.
struct LogPieceName {
    DatabaseName database;
    LogStreamId stream;
    std::uint64_t first = 0, last = 0;
    std::uint32_t generation = 0;
    auto operator<=>(const LogPieceName&) const = default;
    bool covers(const LogPieceName& other) const { return first <= other.first && other.last <= last && *this != other; }
};
std::string logs_prefix(const DatabaseName& database);
std::string log_stream_prefix(const DatabaseName& database, const LogStreamId& stream);
std::string log_piece_object(const LogPieceName& name);
std::optional<LogPieceName> log_piece_of_object(std::string_view object);

// What all pieces of a stream say alike.
struct LogStreamHead {
    PointId base;
    Instant from;                    // The base's.
    std::string identity;            // Of the database.
    std::string file;                // Of the base: whose pages these are.
    std::uint32_t page_bytes = 0;
    std::uint64_t base_pages = 0;    // Pages of that file in the base.
    bool operator==(const LogStreamHead&) const = default;
};

// One version of one page: where its frame is.
struct PageVersion {
    std::uint64_t page = 0;
    FrameCoding coding = FrameCoding::Zero;
    std::uint32_t bytes = 0;         // Of the frame.
    std::uint32_t block = 0;
    std::uint32_t offset = 0;        // In the plain block.
    bool operator==(const PageVersion&) const = default;
};

// A transaction, or (span > 1) several that were folded: the last of them is a state, the others are not any more.
struct LogCommit {
    std::uint64_t span = 1;
    Instant at, not_before;
    std::uint64_t pages_after = 0;
    std::uint64_t pages_least = 0;   // The least pages_after of those folded; of one its own.
    std::uint64_t digest = 0;
    std::uint64_t versions = 0;      // So many of the piece's page versions are its; behind those of the commit before.
    bool operator==(const LogCommit&) const = default;
};

struct LogBlock {
    std::uint32_t bytes = 0;         // Plain.
    std::uint32_t stored = 0;        // Without the seal's tag; less than `bytes`: compressed with zstd.
    bool operator==(const LogBlock&) const = default;
};

struct LogPieceIndex {
    LogStreamHead head;
    Instant made;                    // By the clock of who wrote it.
    std::string mark;                // The provider's words behind the last commit up to here.
    LogLink before, after;           // Of the piece before (zeros for the first), and its own.
    bool begins_inside = false;      // Its first versions belong to the transaction that the piece before left open.
    bool ends_inside = false;        // Versions behind the last commit belong to a transaction that the next piece goes on with.
    std::uint64_t first_transaction = 1;   // Number of the first transaction that is committed in it.
    std::vector<LogCommit> commits;
    std::vector<PageVersion> versions;
    std::vector<LogBlock> blocks;
    bool operator==(const LogPieceIndex&) const = default;

    std::uint64_t last_transaction() const;              // Of those committed up to its end.
};

Bytes encode_log_index(const LogPieceIndex& index);
// Throws Corrupt or Unavailable. Block and offset of the versions are worked out from their lengths.
LogPieceIndex decode_log_index(ByteView plain);

// Gathers frames into blocks. `index().versions` and `index().blocks` grow with it; the rest is the caller's.
class LogPieceBuilder {
public:
    // Appends one frame. Several of the same page may follow each other.
    void add(std::uint64_t page, FrameCoding coding, ByteView frame);
    LogPieceIndex& index() { return index_; }
    const LogPieceIndex& index() const { return index_; }
    std::uint64_t bytes() const { return frames_.size() + 24 * index_.versions.size() + 48 * index_.commits.size(); }   // About what it takes.
    bool empty() const { return index_.versions.empty() && index_.commits.empty(); }
    // The whole object. `compress`: blocks too, where that makes them smaller. Throws Changed where the data key was destroyed.
    Bytes seal(Keyring& keys, const KeyId& owner, const LogPieceName& name, bool compress) const;

private:
    LogPieceIndex index_;
    Bytes frames_;   // Of all blocks, back to back.
};

// A piece whose index was read.
struct OpenedLogPiece {
    LogPieceName name;
    std::uint64_t bytes = 0;         // Of the object.
    Bytes header;
    std::uint64_t blocks_at = 0;     // Offset of the first block.
    KeyId owner;
    LogPieceIndex index;
    Bytes whole;                     // All of the object where it came with the index; or empty.
};
// Throws Missing, Corrupt, Unavailable, or CannotRecover where the data key was destroyed.
OpenedLogPiece read_log_piece(Store& store, Keyring& keys, const LogPieceName& name, std::uint64_t object_bytes);
// For tests and fuzzing: from the object's bytes.
OpenedLogPiece open_log_piece(Keyring& keys, const LogPieceName& name, ByteView object);

// Reads the blocks of one piece. One thread at a time.
class LogBlocks {
public:
    LogBlocks(Store& store, Keyring& keys, const OpenedLogPiece& piece);
    // The plain block. Fetches some that follow along with it where `ahead` says that they are wanted too. Valid until the next call.
    // Throws Missing, or Corrupt.
    ByteView block(std::uint32_t number, bool ahead);
    std::uint64_t fetched_bytes() const { return fetched_bytes_; }

private:
    ByteView stored(std::uint32_t number, bool ahead);
    Store& store_;
    std::string object_;
    Bytes header_;
    Bytes whole_;
    std::vector<LogBlock> blocks_;
    std::vector<std::uint64_t> offsets_;   // In the object; one more than there are blocks.
    PieceCipher cipher_;
    ChunkDecompressor decompressor_;
    std::uint64_t window_at_ = 0;          // Of what was fetched last.
    Bytes window_, opened_, plain_;
    std::optional<std::uint32_t> current_;
    std::uint64_t fetched_bytes_ = 0;
};

}  // namespace holdfast
