// The durable record of one run: a file that only grows. Every record is synced before append returns, and chained to the one
// before it by its checksum, so that nothing can be changed, left out or put in between unseen.
#pragma once

#include <vector>

#include "dsl/journal/record.hpp"
#include "engine/base/file.hpp"
#include "engine/crypto/hash.hpp"

namespace holdfast {

// What stands in a journal's bytes.
struct JournalContent {
    std::vector<JournalRecord> records;   // The first is the header.
    std::uint64_t sound_bytes = 0;        // Where the next record goes.
    std::uint64_t torn_bytes = 0;         // Behind it: the beginning of a record whose writing was cut off.
    Digest chain{};                       // The checksum of the last record.

    const HeaderRecord& header() const { return std::get<HeaderRecord>(records.front()); }
};

// Throws Error{Corrupt} for anything but a torn tail: a damaged journal is refused, never guessed at.
JournalContent parse_journal(ByteView bytes);
JournalContent read_journal(const fs::path& file);

class Journal {
public:
    // The file appears with its header or not at all. Throws AlreadyExists.
    static Journal create(const fs::path& file, const HeaderRecord& header);
    // Cuts a torn tail off.
    static Journal open(const fs::path& file);

    // Durable when it returns. After a failure the journal refuses more: what is in the file is no longer known.
    void append(const JournalRecord& record);
    const std::vector<JournalRecord>& records() const { return content_.records; }
    const HeaderRecord& header() const { return content_.header(); }

private:
    Journal(File file, JournalContent content) : file_(std::move(file)), content_(std::move(content)) {}

    File file_;
    JournalContent content_;
    bool failed_ = false;
};

}  // namespace holdfast
