#include "engine/repository/tagged.hpp"

#include "engine/base/error.hpp"

namespace holdfast {

std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

void TagWriter::number(std::uint64_t tag, std::uint64_t value) {
    ByteWriter field;
    field.varint(value);
    bytes(tag, field.bytes());
}
void TagWriter::instant(std::uint64_t tag, Instant value) { number(tag, zigzag(to_millis(value))); }
void TagWriter::text(std::uint64_t tag, std::string_view value) { bytes(tag, as_bytes(value)); }
void TagWriter::bytes(std::uint64_t tag, ByteView value) {
    out_.varint(tag);
    out_.sized(value);
}

void read_tagged(ByteView record, std::string_view what, const std::function<bool(std::uint64_t, ByteReader&)>& field) {
    ByteReader reader(record, what);
    while (!reader.done()) {
        const std::uint64_t tag = reader.varint();
        ByteReader value(reader.sized(), what);
        if (field(tag, value)) {
            value.expect_done();
        } else if (tag % 2 == 0) {
            throw Error(ErrorCode::Unavailable, std::string(what) + " was written by a newer version (field " + std::to_string(tag) + ")",
                        "Use the newest version of runbook for this repository.");
        }
    }
}

Instant read_instant(ByteReader& value) { return from_millis(unzigzag(value.varint())); }
std::string rest_as_text(ByteReader& value) { return std::string(as_text(value.raw(value.left()))); }

}  // namespace holdfast
