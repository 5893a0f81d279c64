#include "engine/recovery/spool.hpp"

#include <unistd.h>

#include <array>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kMagicBytes = 8;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kBlockBytes = 1 << 18;
constexpr std::size_t kReadBytes = 1 << 20;

std::string_view magic_of(SpoolKind kind) { return kind == SpoolKind::Missing ? "HFSPOOL1" : "HFUNDO_1"; }

[[noreturn]] void fail_spool(const fs::path& path, std::string_view why) {
    throw Error(ErrorCode::Corrupt, path.string() + ": " + std::string(why), "Compare again: the rows will be listed anew.");
}

void write_texts(ByteWriter& writer, const std::vector<std::string>& texts) {
    writer.varint(texts.size());
    for (const std::string& text : texts) writer.text(text);
}

std::vector<std::string> read_texts(ByteReader& reader) {
    std::vector<std::string> texts(reader.count(1));
    for (std::string& text : texts) text = reader.text();
    return texts;
}

void write_table(ByteWriter& writer, const TableShape& shape, bool whole) {
    writer.text(shape.name);
    writer.u8(static_cast<std::uint8_t>(shape.key_kind));
    writer.u8(whole ? 1 : 0);
    write_texts(writer, shape.columns);
    writer.varint(shape.key.size());
    for (const std::size_t column : shape.key) writer.varint(column);
    writer.text(shape.create_sql);
    write_texts(writer, shape.create_also);
}

SpooledTable read_table(ByteReader& reader) {
    SpooledTable table;
    table.shape.name = reader.text();
    const std::uint8_t kind = reader.u8();
    if (kind > static_cast<std::uint8_t>(RowKey::RowId)) throw Error(ErrorCode::Corrupt, "a table with a key of unknown kind");
    table.shape.key_kind = static_cast<RowKey>(kind);
    table.whole = reader.u8() != 0;
    table.shape.columns = read_texts(reader);
    table.shape.key.resize(reader.count(1));
    for (std::size_t& column : table.shape.key) {
        column = static_cast<std::size_t>(reader.varint());
        if (column >= table.shape.columns.size()) throw Error(ErrorCode::Corrupt, "a table whose key names no column of it");
    }
    table.shape.create_sql = reader.text();
    table.shape.create_also = read_texts(reader);
    return table;
}

}  // namespace

SpoolWriter::SpoolWriter(fs::path path, SpoolKind kind) : path_(std::move(path)), partial_(path_.string() + ".partial") {
    ::unlink(partial_.c_str());   // What a killed process left.
    file_ = File::open(partial_, File::Mode::CreateNew);
    write(as_bytes(magic_of(kind)));
}

SpoolWriter::~SpoolWriter() {
    if (!finished_) ::unlink(partial_.c_str());
}

void SpoolWriter::write(ByteView bytes) {
    file_.write_at(at_, bytes);
    hash_.update(bytes);
    at_ += bytes.size();
}

void SpoolWriter::flush() {
    const Bytes block = std::exchange(block_, {}).take();
    if (block.empty()) return;
    if (block.size() > UINT32_MAX) throw Error(ErrorCode::Io, "a row of more than 4 GiB cannot be kept");
    ByteWriter size;
    size.u32(static_cast<std::uint32_t>(block.size()));
    write(size.bytes());
    write(block);
}

void SpoolWriter::add_table(const TableShape& shape, bool whole) {
    block_.u8(static_cast<std::uint8_t>(SpoolMark::Table));
    write_table(block_, shape, whole);
}

void SpoolWriter::add_row(SpoolMark mark, const SqlRow& row) {
    HOLDFAST_CHECK(mark != SpoolMark::Table);
    block_.u8(static_cast<std::uint8_t>(mark));
    write_row(block_, row);
    if (block_.size() >= kBlockBytes) flush();
}

std::string SpoolWriter::finish() {
    flush();
    ByteWriter end;
    end.u32(0);
    write(end.bytes());
    const Digest digest = hash_.finish();
    file_.write_at(at_, digest);
    file_.sync();
    file_.close();
    rename_durably(partial_, path_);
    finished_ = true;
    return to_hex(digest);
}

SpoolReader::SpoolReader(const fs::path& path, SpoolKind kind) : file_(File::open(path, File::Mode::Read)) {
    const std::uint64_t size = file_.size();
    if (size < kMagicBytes + sizeof(std::uint32_t) + kDigestBytes) fail_spool(path, "it is cut off");
    end_ = size - kDigestBytes;
    Sha256 hash;
    Bytes buffer(kReadBytes);
    for (std::uint64_t at = 0; at < end_;) {
        const auto piece = std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, end_ - at)));
        file_.read_exactly_at(at, piece);
        if (at == 0 && as_text(piece).substr(0, kMagicBytes) != magic_of(kind)) fail_spool(path, "it is a file of another kind");
        hash.update(piece);
        at += piece.size();
    }
    const Digest digest = hash.finish();
    Digest stored{};
    file_.read_exactly_at(end_, stored);
    if (digest != stored) fail_spool(path, "its checksum is wrong");
    digest_ = to_hex(digest);
    at_ = kMagicBytes;
}

bool SpoolReader::next_block() {
    std::array<std::byte, 4> head{};
    if (end_ - at_ < head.size()) fail_spool(file_.path(), "it has no end");
    file_.read_exactly_at(at_, head);
    at_ += head.size();
    const std::uint32_t size = ByteReader(head).u32();
    if (size == 0) {
        if (at_ != end_) fail_spool(file_.path(), "there is something after its end");
        at_ -= head.size();   // Asked again, it is still the end.
        return false;
    }
    if (size > end_ - at_) fail_spool(file_.path(), "a block is longer than the file");
    block_.resize(size);
    file_.read_exactly_at(at_, block_);
    at_ += size;
    records_.emplace(block_, file_.path().string());
    return true;
}

const SpoolRecord* SpoolReader::next() {
    if ((!records_ || records_->done()) && !next_block()) return nullptr;
    const std::uint8_t mark = records_->u8();
    switch (static_cast<SpoolMark>(mark)) {
        case SpoolMark::Table: record_.table = read_table(*records_); break;
        case SpoolMark::Missing:
        case SpoolMark::Inserted:
        case SpoolMark::Before:
        case SpoolMark::After: record_.row = read_row(*records_); break;
        default: fail_spool(file_.path(), "a record of unknown kind");
    }
    record_.mark = static_cast<SpoolMark>(mark);
    return &record_;
}

}  // namespace holdfast
