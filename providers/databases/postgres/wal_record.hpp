// One record of the write-ahead log: who wrote it, which blocks it changes, and what it carries. The block references read the same
// for every resource manager, also for those of extensions; that is what incrementals go by (the server's own walsummarizer does).
// Source: PostgreSQL's xlogrecord.h.
#pragma once

#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/model/lsn.hpp"

namespace holdfast {

inline constexpr std::size_t kWalRecordHeaderBytes = 24;

// A relation's files: <space>/<database>/<relation>.
struct RelationFiles {
    std::uint32_t space = 0, database = 0, relation = 0;
    auto operator<=>(const RelationFiles&) const = default;
};
enum class RelationFork : std::uint8_t { Main = 0, FreeSpace = 1, Visibility = 2, Init = 3 };

struct WalBlock {
    RelationFiles relation;
    RelationFork fork = RelationFork::Main;
    std::uint32_t block = 0;
    bool has_image = false;
    bool operator==(const WalBlock&) const = default;
};

// Resource managers that records are asked for by name here.
enum class WalSource : std::uint8_t { Log = 0, Transaction = 1, Storage = 2, Database = 4, Heap2 = 9, Heap = 10 };

struct WalRecord {
    Lsn at, end;                    // Begins at; behind it.
    Lsn before;                     // Of the record before it.
    std::uint32_t xid = 0;
    std::uint8_t source = 0;        // WalSource, or another one.
    std::uint8_t kind = 0;          // xl_info.
    std::uint64_t bytes = 0;
    unsigned version = 0;           // Major version of the server that wrote it.
    std::vector<WalBlock> blocks;
    ByteView main;                  // What the resource manager says besides blocks. Lives as long as the bytes that were read.
    bool is(WalSource of) const { return source == static_cast<std::uint8_t>(of); }
};

// Fills `record` from its bytes (all of them, or a beginning where `bytes` is shorter than it says: then `main` is cut).
// Requires: the CRC was checked. Throws Corrupt.
void read_wal_record(ByteView bytes, unsigned version, WalRecord& record);
// Whether the CRC is right. Requires: whole.
bool wal_record_is_sound(ByteView bytes);

}  // namespace holdfast
