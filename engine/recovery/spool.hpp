// A file of rows: those that a comparison found missing, on their way to a merge, and those that a merge
// put in, for taking them out again. Private (0600), written beside and renamed when whole, checked before use.
//
// Format. All integers little-endian, rows as in engine/model/row.hpp, counts and texts as in engine/base/bytes.hpp.
//
//     8 bytes     "HFSPOOL1" (missing rows) or "HFUNDO_1" (what a merge did)
//     blocks      u32 size (not 0), then that many bytes of records, one after the other
//     u32         0: the end
//     32 bytes    SHA-256 of everything before; in hexadecimal it is the file's digest
//
// A record is a u8 kind and what follows from it:
//
//     't'  a table: text name, u8 key kind, u8 whole (1: the table itself is missing, or was made by the merge),
//          count + texts columns, count + varints key, text create_sql, count + texts create_also
//     'm'  a missing row          'i'  a row that was put in
//     'b'  a live row that was replaced, followed by 'a', the row that took its place
//
// Rows belong to the table record before them. Missing rows come in key order, tables parents first as far as foreign keys allow.
#pragma once

#include <optional>
#include <string>

#include "engine/base/file.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/provider/rows.hpp"

namespace holdfast {

enum class SpoolKind : std::uint8_t { Missing, Undo };

enum class SpoolMark : std::uint8_t { Table = 't', Missing = 'm', Inserted = 'i', Before = 'b', After = 'a' };

struct SpooledTable {
    TableShape shape;     // Without depends_on and not_covered.
    bool whole = false;   // The table itself is missing, or was made.
};

struct SpoolRecord {
    SpoolMark mark = SpoolMark::Table;
    SpooledTable table;   // With SpoolMark::Table.
    SqlRow row;           // With any other.
};

class SpoolWriter {
public:
    SpoolWriter(fs::path path, SpoolKind kind);
    SpoolWriter(const SpoolWriter&) = delete;
    SpoolWriter& operator=(const SpoolWriter&) = delete;
    ~SpoolWriter();   // Not finished: nothing is left.

    void add_table(const TableShape& shape, bool whole);
    void add_row(SpoolMark mark, const SqlRow& row);
    // Syncs, gives the file its name, replacing an earlier one, and returns its digest.
    std::string finish();

private:
    void write(ByteView bytes);
    void flush();

    fs::path path_, partial_;
    File file_;
    std::uint64_t at_ = 0;
    ByteWriter block_;
    Sha256 hash_;
    bool finished_ = false;
};

class SpoolReader {
public:
    // Reads the whole file once to check it. Throws Missing, or Corrupt where it is not what was written.
    SpoolReader(const fs::path& path, SpoolKind kind);

    const std::string& digest() const { return digest_; }
    // The next record, which lives until the next call; nullptr at the end.
    const SpoolRecord* next();

private:
    bool next_block();

    File file_;
    std::uint64_t end_ = 0;   // Where the checksum begins.
    std::uint64_t at_ = 0;
    std::string digest_;
    Bytes block_;
    std::optional<ByteReader> records_;
    SpoolRecord record_;
};

}  // namespace holdfast
