// Records that later versions can extend: fields of (varint tag, varint length, bytes), in any order,
// unknown tags skipped, ended by the end of the record. A tag that is even must be understood: a reader
// that does not know it refuses the record, so that a later version can add what must not be ignored.
#pragma once

#include <functional>

#include "engine/base/bytes.hpp"
#include "engine/base/time.hpp"

namespace holdfast {

class TagWriter {
public:
    void number(std::uint64_t tag, std::uint64_t value);
    void instant(std::uint64_t tag, Instant value);          // As zigzag milliseconds.
    void text(std::uint64_t tag, std::string_view value);
    void bytes(std::uint64_t tag, ByteView value);
    Bytes take() { return out_.take(); }

private:
    ByteWriter out_;
};

// Calls `field` with each tag and a reader of its value; `field` returns false for a tag it does not know.
// Throws Error{Corrupt} for a malformed record, Error{Unavailable} for an unknown tag that is even.
void read_tagged(ByteView record, std::string_view what, const std::function<bool(std::uint64_t tag, ByteReader& value)>& field);

std::uint64_t zigzag(std::int64_t value);
std::int64_t unzigzag(std::uint64_t value);
Instant read_instant(ByteReader& value);
std::string rest_as_text(ByteReader& value);

}  // namespace holdfast
