#include "dsl/journal/journal.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kMagic = "HFRUNJ1\n";
constexpr std::size_t kFrameBytes = 8;                    // Length and its complement.
constexpr std::uint64_t kPayloadBytesMax = 32 << 20;
constexpr std::uint64_t kFileBytesMax = 512 << 20;

Digest chained(const Digest& before, ByteView payload) {
    Sha256 hash;
    hash.update(before);
    hash.update(payload);
    return hash.finish();
}

Bytes frame_of(const JournalRecord& record, Digest& chain) {
    const Bytes payload = encode_record(record);
    if (payload.size() > kPayloadBytesMax) throw Error(ErrorCode::Io, "a journal record of more than 32 MiB");
    chain = chained(chain, payload);
    ByteWriter writer;
    writer.u32(static_cast<std::uint32_t>(payload.size()));
    writer.u32(~static_cast<std::uint32_t>(payload.size()));
    writer.raw(payload);
    writer.raw(chain);
    return writer.take();
}

[[noreturn]] void damaged(std::uint64_t offset, std::string_view why) {
    throw Error(ErrorCode::Corrupt, fmt::format("the journal is damaged at byte {}: {}", offset, why),
                "Restore the journal file from a copy of the state folder; a run is never continued on a guess.");
}

// Reads the record at `offset`. Returns false where the rest is the torn beginning of a record.
bool read_frame(ByteView bytes, JournalContent& content) {
    const ByteView rest = bytes.subspan(content.sound_bytes);
    if (rest.size() < kFrameBytes) return false;
    if (std::ranges::all_of(rest, [](std::byte b) { return b == std::byte{0}; })) return false;   // Size was written, bytes were not.
    ByteReader frame(rest, "journal");
    const std::uint32_t size = frame.u32();
    if (frame.u32() != ~size) damaged(content.sound_bytes, "a length that does not agree with its complement");
    if (size > kPayloadBytesMax) damaged(content.sound_bytes, "a record of more than 32 MiB");
    const std::uint64_t whole = kFrameBytes + size + std::tuple_size_v<Digest>;
    if (rest.size() < whole) return false;
    const ByteView payload = frame.raw(size);
    const Digest chain = chained(content.chain, payload);
    if (!std::ranges::equal(chain, frame.raw(chain.size()))) {
        // The last record may have been written in part: that is torn. Before others it cannot be.
        if (rest.size() == whole) return false;
        damaged(content.sound_bytes, "a record whose checksum does not fit");
    }
    content.records.push_back(decode_record(payload));
    content.chain = chain;
    content.sound_bytes += whole;
    return true;
}

}  // namespace

JournalContent parse_journal(ByteView bytes) {
    if (!as_text(bytes).starts_with(kMagic)) throw Error(ErrorCode::Corrupt, "this is not the journal of a run");
    JournalContent content;
    content.sound_bytes = kMagic.size();
    while (content.sound_bytes < bytes.size() && read_frame(bytes, content)) {
    }
    content.torn_bytes = bytes.size() - content.sound_bytes;
    if (content.records.empty() || !std::holds_alternative<HeaderRecord>(content.records.front())) damaged(kMagic.size(), "there is no header");
    const auto headers = std::ranges::count_if(content.records, [](const auto& record) { return std::holds_alternative<HeaderRecord>(record); });
    if (headers != 1) damaged(kMagic.size(), "there is more than one header");
    return content;
}

JournalContent read_journal(const fs::path& file) {
    return within(fmt::format("read {}", file.string()), [&] { return parse_journal(read_file(file, kFileBytesMax)); });
}

Journal Journal::create(const fs::path& file, const HeaderRecord& header) {
    JournalContent content;
    ByteWriter writer;
    writer.raw(as_bytes(kMagic));
    writer.raw(frame_of(header, content.chain));
    content.records.emplace_back(header);
    content.sound_bytes = writer.size();
    if (!write_file_if_absent(file, writer.bytes())) {
        throw Error(ErrorCode::AlreadyExists, fmt::format("{} is there already", file.string()));
    }
    return {File::open(file, File::Mode::ReadWrite), std::move(content)};
}

Journal Journal::open(const fs::path& file) {
    JournalContent content = read_journal(file);
    File opened = File::open(file, File::Mode::ReadWrite);
    if (content.torn_bytes > 0) {
        opened.resize(content.sound_bytes);
        opened.sync();
        content.torn_bytes = 0;
    }
    return {std::move(opened), std::move(content)};
}

void Journal::append(const JournalRecord& record) {
    if (failed_) throw Error(ErrorCode::Io, "the journal could not be written before", "Resume the run once the disk is in order.");
    Digest chain = content_.chain;
    const Bytes frame = frame_of(record, chain);
    failed_ = true;
    file_.write_at(content_.sound_bytes, frame);
    file_.sync();
    failed_ = false;
    content_.sound_bytes += frame.size();
    content_.chain = chain;
    content_.records.push_back(record);
}

}  // namespace holdfast
