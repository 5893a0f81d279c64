// Any bytes at all: they are a journal, or they are refused as damaged. A journal that was read is read again from its sound part alike.
#include <cstdlib>

#include "dsl/journal/journal.hpp"
#include "engine/base/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holdfast;
    const ByteView bytes = std::as_bytes(std::span(data, size));
    try {
        // One record's payload: the checksum in front of it would stop nearly everything.
        const JournalRecord record = decode_record(bytes);
        const Bytes canonical = encode_record(record);
        if (encode_record(decode_record(canonical)) != canonical) std::abort();
    } catch (const Error& error) {
        if (error.code != ErrorCode::Corrupt) std::abort();
    }
    try {
        const JournalContent content = parse_journal(bytes);
        const JournalContent again = parse_journal(bytes.first(content.sound_bytes));
        if (again.records.size() != content.records.size() || again.torn_bytes != 0) std::abort();
    } catch (const Error& error) {
        if (error.code != ErrorCode::Corrupt) std::abort();
    }
    return 0;
}
